// The list of entries on the page: each seq once, in order, whatever arrives and how often.
import { clock } from "./words.js";

const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/**
 * list: the <ol>, maybe with entries written by the server already.
 * describe(entry): { as: "own" | "other" | "note" | "happening", name?, text } or null to show nothing.
 * when(at): a time in words; the hour, where the talk lasts no longer than a day.
 */
export class Timeline {
  constructor(list, describe, when = clock) {
    Object.assign(this, { list, describe, when });
    // The server wrote times in the site's zone, we write them in the reader's: never both on one page.
    for (const time of list.querySelectorAll("time[datetime]")) time.textContent = when(time.dateTime);
    this.shown = new Set([...list.children].map((item) => Number(item.dataset.seq)).filter(Boolean));
    this.last = Math.max(0, ...this.shown);
  }

  /** Shows an entry; answers its element if it is new. */
  put(entry) {
    if (this.shown.has(entry.seq)) return null;
    const waiting = entry.client_id && this.find(entry.client_id);
    if (waiting) {
      this.stored(entry.client_id, entry.seq, entry.at);
      return null;
    }
    this.shown.add(entry.seq);
    this.last = Math.max(this.last, entry.seq);
    const said = this.describe(entry);
    if (!said) return null;
    const item = clone(`entry-${said.as}`);
    if (entry.client_id) item.dataset.clientId = entry.client_id;
    if (said.as === "own") item.dataset.state = "sent";
    this.#write(item, said, entry.at);
    this.#place(item, entry.seq);
    return item;
  }

  /** An own message is stored: its acknowledgement or its entry came, whichever was first. */
  stored(client_id, seq, at) {
    const item = this.find(client_id);
    if (!item || this.shown.has(seq)) return;
    this.shown.add(seq);
    this.last = Math.max(this.last, seq);
    item.dataset.state = "sent";
    const time = item.querySelector("time");
    time.dateTime = at;
    time.textContent = this.when(at);
    this.#place(item, seq);
  }

  /** Shows an own message that has not been stored yet, after everything else. */
  promise({ client_id, text, at }) {
    const item = clone("entry-own");
    item.dataset.clientId = client_id;
    delete item.dataset.seq;
    this.#write(item, { text }, at);
    this.list.append(item);
    return item;
  }

  find(client_id) {
    return this.list.querySelector(`[data-client-id="${CSS.escape(client_id)}"]`);
  }

  /** state: "sending" | "sent" | "failed"; why: words beside a failure. */
  mark(client_id, state, why) {
    const item = this.find(client_id);
    // Its entry may have come although its acknowledgement was lost: it is stored, whatever the link says.
    if (!item || item.dataset.seq) return;
    item.dataset.state = state;
    const place = item.querySelector(".why");
    if (why && place) place.textContent = why;
  }

  /** The other side has seen everything up to seq; the last own message says so. */
  seen(seq) {
    const own = [...this.list.querySelectorAll(".own[data-seq]")].filter((item) => Number(item.dataset.seq) <= seq);
    own.forEach((item, i) => (item.dataset.state = i === own.length - 1 ? "seen" : "sent"));
  }

  remove(client_id) {
    this.find(client_id)?.remove();
  }

  #place(item, seq) {
    item.dataset.seq = seq;
    let next = null;
    for (let one = this.list.lastElementChild; one; one = one.previousElementSibling) {
      if (one === item) continue;
      if (one.dataset.seq && Number(one.dataset.seq) < seq) break;
      next = one;
    }
    if (!item.parentNode || item.nextElementSibling !== next) this.list.insertBefore(item, next);
  }

  #write(item, { name, text }, at) {
    if (name) item.querySelector(".name")?.replaceChildren(name);
    item.querySelector(".text").textContent = text;
    const time = item.querySelector("time");
    time.dateTime = at;
    time.textContent = this.when(at);
  }
}
