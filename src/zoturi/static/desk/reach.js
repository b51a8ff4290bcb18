// The card of somebody who is no live chat: how to reach them safely, what was tried, and when one goes on.
import { clock, fill, page, words } from "../lib/words.js";
import { arrange, part, show, write } from "./dom.js";
import { daysUntil, dayOf, whenOf } from "./days.js";
import { isOutsider, readsHere, safely, sameReach, shownNumber, telOf } from "./request.js";
import { called, isolated, languageOf } from "./sayings.js";

const MORNING = 9;

/** The words for who reads what is written here. */
function readers(contact) {
  if (isOutsider(contact)) return words.reads_outsider;
  if (!readsHere(contact)) return words.reads_nobody;
  return contact.request?.contact_by === "email" ? words.reads_told : words.reads_code;
}

export class Reach {
  /** log(id), plan(id, iso or null), open(id). */
  constructor(root, { id, store, log, plan, open }) {
    Object.assign(this, { root, id, store });
    this.card = part(root, "reach");
    this.date = part(root, "next-date");
    part(root, "log-call").addEventListener("click", () => log(id));
    part(root, "copy").addEventListener("click", () => this.#copy());
    this.card.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.step) plan(id, store.nextSteps[button.dataset.step]);
      else if (button?.dataset.part === "next-none") plan(id, null);
      else if (button?.dataset.other) open(button.dataset.other);
    });
    part(root, "next-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.date.value) return this.date.focus();
      const [year, month, day] = this.date.value.split("-").map(Number);
      plan(id, new Date(year, month - 1, day, MORNING).toISOString());
      this.date.value = "";
    });
  }

  render(contact, thread) {
    show(this.card, !thread.erased && (contact.channel !== "chat" || contact.written));
    if (this.card.hidden) return;
    write(part(this.card, "reads"), readers(contact));
    part(this.card, "reads").classList.toggle("loud", !readsHere(contact));
    this.#safe(contact);
    this.#tried(contact, thread);
    this.#next(contact);
    this.#same(contact);
  }

  #safe(contact) {
    const said = new Map(safely(contact, languageOf).map(([name, ...rest]) => [name, rest]));
    const list = part(this.card, "safe");
    show(list, said.size > 0);
    const rows = arrange(list, [...said.keys()], (name) => {
      const row = document.createElement("div");
      row.append(document.createElement("dt"), document.createElement("dd"));
      row.firstChild.textContent = words.safe[name];
      return row;
    });
    for (const row of rows) {
      const [told, warns = false] = said.get(row.dataset.key);
      write(row.lastChild, told);
      row.classList.toggle("warns", warns);
    }
    const number = part(this.card, "number");
    const phone = contact.request?.phone;
    show(number, Boolean(phone));
    if (!phone) return;
    write(part(number, "digits"), shownNumber(phone));
    if (number.getAttribute("href") !== telOf(phone)) number.href = telOf(phone);
  }

  #tried(contact, thread) {
    const calls = thread.calls;
    const last = calls.at(-1);
    const rings = contact.channel !== "chat" && (contact.request?.phone || !contact.request);
    show(part(this.card, "log-call"), Boolean(rings));
    const told = calls.map((call) => `${page.labels.call_results[call.data?.result] ?? ""} ${whenTried(call, this.store.now())}`);
    show(part(this.card, "tried"), calls.length > 0);
    write(part(this.card, "tried"), fill(words.tried, { n: calls.length, calls: told.slice(-3).join(", ") }));
    const then = last?.data?.then ?? (rings && contact.request ? "first_call" : null);
    show(part(this.card, "then"), Boolean(then));
    write(part(this.card, "then"), page.labels.after_calls[then] ?? "");
    const texts = contact.request?.contact_by === "sms" || ["write_and_text", "write_or_text"].includes(then);
    const ready = texts && contact.request?.phone && readsHere(contact) ? (page.ready_texts[contact.language] ?? page.ready_texts.en) : null;
    const box = part(this.card, "ready");
    show(box, Boolean(ready));
    if (!ready) return;
    const text = part(box, "ready-text");
    if (text.lang !== contact.language.replace("_", "-")) text.lang = contact.language.replace("_", "-");
    write(text, ready);
  }

  #next(contact) {
    const now = this.store.now();
    const at = contact.next_at && Date.parse(contact.next_at);
    const say = !at ? words.next_none : at > now ? fill(words.next_at, { when: whenOf(at, now) }) : fill(words.next_passed, { when: whenOf(at, now) });
    const place = part(this.card, "next-words");
    write(place, say);
    place.classList.toggle("bad", Boolean(at && at <= now));
    place.classList.toggle("soon", !at && Boolean(contact.answered_at));
    show(part(this.card, "next-none"), Boolean(at));
    for (const button of this.card.querySelectorAll("[data-step]")) {
      const step = this.store.nextSteps[button.dataset.step];
      if (step) button.title = whenOf(Date.parse(step), now);
    }
    const today = new Date(now);
    const least = [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
    if (this.date.min !== least) this.date.min = least;
  }

  #same(contact) {
    const others = new Map(sameReach(contact, this.store.own).map((other) => [other.id, other]));
    show(part(this.card, "same"), others.size > 0);
    const make = (id) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn s plain" });
      button.dataset.other = id;
      return button;
    };
    for (const button of arrange(part(this.card, "others"), [...others.keys()], make)) {
      write(button, fill(words.open_other, { name: isolated(called(others.get(button.dataset.key))) }));
    }
  }

  async #copy() {
    const text = part(this.card, "ready-text");
    const said = part(this.card, "copied");
    try {
      await navigator.clipboard.writeText(text.textContent);
      write(said, words.copied);
    } catch {
      // Forbidden here: it stands marked, ready for the keys.
      getSelection().selectAllChildren(text);
      write(said, words.marked);
    }
  }
}

function whenTried(call, now) {
  const at = Date.parse(call.at);
  return daysUntil(at, now) === 0 ? clock(call.at) : dayOf(at);
}
