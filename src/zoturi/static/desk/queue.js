// The queue in the server's order. The light stands on the one `claim_next` would take.
import { fill, plural, words } from "../lib/words.js";
import { arrange, byId, clone, part, show, write, writeNumber } from "./dom.js";
import { unitOf } from "./request.js";
import { ageOf, areaOf, channelOf, isLive, isolated, languageOf, presenceOf, promise, since, span, topicsOf, urgencyOf } from "./sayings.js";

const joined = (...parts) => parts.filter(Boolean).join(", ");

export class Queue {
  constructor(store, { take, decline }) {
    this.store = store;
    this.list = byId("queue");
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { key } = button.closest("li").dataset;
      if (button.dataset.part === "decline") decline(key);
      else take(key);
    });
    // Whoever was about to take a row that has just gone stays near it, but on nothing that could be pressed by mistake.
    this.list.addEventListener("focuslost", () => byId("queue-title").focus({ preventScroll: true }));
  }

  render() {
    const { store } = this;
    const waiting = store.queue;
    const contacts = new Map(waiting.map((contact) => [contact.id, contact]));
    const next = waiting.find((contact) => this.store.speaks(contact));
    for (const row of arrange(this.list, [...contacts.keys()], () => clone("queue-row"))) {
      this.#fill(row, contacts.get(row.dataset.key), next);
    }
    show(byId("queue-none"), waiting.length === 0);
    this.#glance(waiting);
  }

  #fill(row, contact, next) {
    const { me } = this.store;
    const now = this.store.now();
    const first = contact === next;
    const flag = urgencyOf(contact);
    const mine = contact.offer?.to === me.id;
    const room = !isLive(contact) || (flag || mine ? me.live <= me.capacity : me.live < me.capacity);
    const lit = first && me.on_duty && !me.paused && room;
    row.classList.toggle("first", first);
    row.classList.toggle("shines", lit);
    show(part(row, "flag"), Boolean(flag));
    write(part(row, "reason"), flag ?? "");
    show(part(row, "offer"), Boolean(contact.offer));
    show(part(row, "decline"), mine);
    if (contact.offer) {
      const said = { name: isolated(contact.offer.by ?? ""), time: span(Date.parse(contact.offer.until) - now) };
      write(part(row, "offer-words"), fill(mine ? words.offer : words.offer_team, said));
    }
    write(part(row, "waited"), since(contact.opened_at, now));
    const kind = joined(channelOf(contact), languageOf(contact));
    write(part(row, "kind"), kind);
    const sign = part(row, "sign");
    if (!sign.firstChild) sign.append(byId("channel-signs").content.querySelector(`[data-channel="${CSS.escape(contact.channel)}"]`)?.cloneNode(true) ?? "");
    const told = joined(unitOf(contact), ageOf(contact), areaOf(contact)) || (isLive(contact) ? words.nothing_told : "");
    const meant = contact.meant_for && (contact.meant_for.id === me.id ? words.meant_for_you : fill(words.meant_for, { name: isolated(contact.meant_for.name) }));
    const who = joined(told, meant) || words.not_told_where;
    write(part(row, "who"), who);
    const away = !isLive(contact) || contact.visitor === "here" ? null : presenceOf(contact);
    write(part(row, "topics"), joined(topicsOf(contact), contact.written ? words.written : null, away, this.store.speaks(contact) ? null : words.not_your_language));
    this.#clock(part(row, "clock"), contact, now);
    const button = part(row, "take");
    button.classList.toggle("lit", lit);
    button.classList.toggle("s", !first);
    show(button, Boolean(me.on_duty));
    write(part(row, "take-word"), first ? words.take_now : words.take);
    write(part(row, "take-what"), ` (${joined(kind, who)})`);
  }

  #clock(clock, contact, now) {
    const { left, state, words: text } = promise(contact, now);
    const bar = clock.querySelector("progress");
    if (bar.value !== left) bar.value = left;
    clock.classList.toggle("soon", state === "soon");
    clock.classList.toggle("late", state === "late");
    write(part(clock, "promise"), text);
  }

  #glance(waiting) {
    const now = this.store.now();
    const glance = byId("glance");
    const number = (name, count) => {
      const place = part(glance, name);
      writeNumber(place, pick(words[name], count), String(count));
      place.classList.toggle("zero", count === 0);
    };
    number("waiting", waiting.length);
    number("flagged", waiting.filter(urgencyOf).length);
    number("late", waiting.filter((contact) => promise(contact, now).state === "late").length);
    // The wait of a chat is what hurts by the minute; a help request has its own day.
    const live = waiting.filter(isLive);
    const oldest = Math.min(...live.map((contact) => Date.parse(contact.opened_at)));
    const longest = part(glance, "longest");
    show(longest, live.length > 0);
    if (live.length) writeNumber(longest, words.longest, since(oldest, now));
    const count = part(document, "queue-count");
    show(count, waiting.length > 0);
    write(count, String(waiting.length));
  }
}

/** The plural form for n, its number still a placeholder. */
const pick = (forms, n) => plural(forms, n, { n: "%(n)s" });
