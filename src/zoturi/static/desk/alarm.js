// The line in the head that says in words what may not wait. It speaks through role=status and never takes the focus.
import { plural, words } from "../lib/words.js";
import { byId, show, write } from "./dom.js";
import { isLive, promise, urgencyOf } from "./sayings.js";

const FLAGGED_AFTER = 60_000;

export class Alarm {
  constructor(store) {
    this.store = store;
    this.line = byId("alarm");
  }

  render() {
    const { store } = this;
    write(this.line, this.#sentences().join(" "));
    const link = byId("dropped");
    if (!link) return;
    const known = store.dropped !== null;
    write(link.querySelector("span"), known ? String(store.dropped) : "");
    show(link.querySelector("span"), known && store.dropped > 0);
    link.classList.toggle("bad", known && store.dropped > 0);
  }

  #sentences() {
    const { store } = this;
    const now = store.now();
    const waiting = store.queue;
    const watched = store.me.on_duty || [...store.colleagues.values()].some((one) => one.on_duty);
    const left = waiting.filter((contact) => urgencyOf(contact) && now - Date.parse(contact.opened_at) > FLAGGED_AFTER);
    const unheld = [...waiting, ...store.own.filter((contact) => !isLive(contact) && !contact.answered_at)];
    const late = unheld.filter((contact) => promise(contact, now).state === "late");
    return [
      left.length && words.alarm_flagged,
      !watched && waiting.some(isLive) && words.alarm_unwatched,
      late.length && plural(words.alarm_late, late.length),
    ].filter(Boolean);
  }
}
