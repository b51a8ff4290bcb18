// Own chats, each one keystroke away. Their order never changes by itself.
import { fill, plural, words } from "../lib/words.js";
import { arrange, byId, clone, part, show, write } from "./dom.js";
import { whenOf } from "./days.js";
import { called, isLive, presenceOf, promise, since } from "./sayings.js";

const SOON = 2 * 60_000;
const LATE = 5 * 60_000;

/** What is the matter with this chat, in few words; `pressing` if somebody waits for the worker, `stage` how long. */
export function signOf(thread, contact, now) {
  if (thread.erased) return { words: words.erased };
  if (thread.left) return { words: words.left };
  if (!isLive(contact)) return standing(thread, contact, now);
  if (thread.typingUntil > now) return { words: words.types };
  const away = contact.visitor === "here" ? "" : presenceOf(contact);
  const waits = thread.unanswered;
  if (waits) {
    const waited = now - Date.parse(waits.at);
    const stage = waited >= LATE ? "late" : waited >= SOON ? "soon" : "calm";
    const say = { calm: words.waits, soon: words.waits_soon, late: words.waits_late }[stage];
    return { words: joined(fill(say, { time: since(waits.at, now) }), away), pressing: true, stage };
  }
  if (thread.lastAnswer) return { words: joined(fill(words.answered, { time: since(thread.lastAnswer.at, now) }), away) };
  return { words: joined(words.silent, away) };
}

/** What is the matter with somebody who is no live chat: the promise, then their own words, then the next step. */
function standing(thread, contact, now) {
  if (!contact.answered_at) {
    const { words: said, state } = promise(contact, now);
    return { words: said, pressing: state !== "calm", stage: state };
  }
  const wrote = thread.lastFromVisitor;
  const answered = Math.max(Date.parse(contact.answered_at), Date.parse(thread.lastAnswer?.at ?? contact.answered_at));
  if (wrote && Date.parse(wrote.at) > answered) return { words: fill(words.wrote_again, { time: since(wrote.at, now) }), pressing: true, stage: "soon" };
  if (!contact.next_at) return { words: words.next_none, stage: "soon" };
  const at = Date.parse(contact.next_at);
  if (at > now) return { words: fill(words.next_at, { when: whenOf(at, now) }) };
  return { words: fill(words.next_passed, { when: whenOf(at, now) }), pressing: true, stage: "late" };
}

const joined = (...parts) => parts.filter(Boolean).join(", ");

const TONES = 6;
const tones = new Map();

/** The colour of a chat, from its id alone, so it stays the same; two own chats share one only when all are taken. */
function toneOf({ id }, mine) {
  for (const other of tones.keys()) if (!mine.includes(other)) tones.delete(other);
  if (tones.has(id)) return tones.get(id);
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  const wished = [...Array(TONES).keys()].map((step) => (sum + step) % TONES);
  const taken = new Set(tones.values());
  tones.set(id, wished.find((one) => !taken.has(one)) ?? wished[0]);
  return tones.get(id);
}

/** A colour and a letter for each chat, the same everywhere: its box cannot be taken for another's. */
export function tone(root, contact, mine) {
  const name = `tone-${toneOf(contact, mine)}`;
  if (root.dataset.tone !== name) {
    root.classList.remove(root.dataset.tone ?? name);
    root.classList.add(name);
    root.dataset.tone = name;
  }
  write(part(root, "mark"), contact.nickname ? [...contact.nickname][0].toLocaleUpperCase() : "–");
}

export class Own {
  constructor(store, { open, unsent }) {
    Object.assign(this, { store, unsent });
    this.list = byId("mine");
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) open(button.closest("li").dataset.key);
    });
    this.list.addEventListener("focuslost", () => byId("queue-title").focus({ preventScroll: true }));
  }

  render() {
    const { store } = this;
    arrange(this.list, store.mine, () => clone("mine-row")).forEach((row, i) => this.#fill(row, i));
    show(byId("mine-none"), store.mine.length === 0);
    const count = part(document, "unread-count");
    show(count, store.unread > 0);
    write(count, String(store.unread));
    const news = store.unread + store.offers.length;
    document.title = news ? `(${news}) ${words.title}` : words.title;
  }

  #fill(row, i) {
    const id = row.dataset.key;
    const contact = this.store.contacts.get(id);
    const thread = this.store.threads.get(id);
    const button = row.firstElementChild;
    if (this.store.current === id) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const key = part(row, "key");
    show(key, i < 9);
    write(key, String(i + 1));
    write(part(row, "name"), called(contact));
    const sign = signOf(thread, contact, this.store.now());
    const stuck = this.unsent(id);
    const along = this.store.owns(contact) ? "" : words.along;
    write(part(row, "sign"), stuck ? words.unsent : joined(sign.words, along));
    tone(row, contact, this.store.mine);
    for (const stage of ["soon", "late"]) button.classList.toggle(stage, sign.stage === stage);
    button.classList.toggle("waits", Boolean(sign.pressing));
    button.classList.toggle("stuck", stuck);
    button.classList.toggle("flagged", contact.urgency === "flagged");
    const count = part(row, "count");
    show(count, thread.unread > 0);
    if (thread.unread && count.dataset.n !== String(thread.unread)) {
      count.dataset.n = thread.unread;
      const number = document.createElement("span");
      number.ariaHidden = "true";
      number.textContent = thread.unread;
      const spoken = document.createElement("span");
      spoken.className = "sr";
      spoken.textContent = plural(words.unread, thread.unread);
      count.replaceChildren(number, spoken);
    }
  }
}
