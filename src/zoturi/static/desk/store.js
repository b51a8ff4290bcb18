import { Thread } from "./thread.js";

/**
 * What the desk knows: a snapshot fills it, the events after it keep it true. It knows nothing of the page.
 * listen(what, id, detail) hears what happened: "taken", "dropped", "entry", "arrived", "changed".
 */
export class Store {
  me = null;
  contacts = new Map();
  colleagues = new Map();
  threads = new Map();
  mine = [];
  current = null;
  phrases = [];
  dropped = null;
  nextSteps = {};
  #skew = 0;

  constructor(listen) {
    this.listen = listen;
  }

  /** The server's time in milliseconds, whatever this computer's clock says. */
  now() {
    return Date.now() + this.#skew;
  }

  /** A fresh `watch_desk`. The server holds events back until its answer has left, so it is never older than they are. */
  snapshot({ me, queue, mine, colleagues, phrases, dropped, next_steps, now }) {
    if (now) this.#skew = Date.parse(now) - Date.now();
    this.me = me;
    this.phrases = phrases;
    this.dropped = dropped ?? null;
    this.nextSteps = next_steps ?? {};
    this.colleagues = new Map(colleagues.map((colleague) => [colleague.id, colleague]));
    const told = new Map([...queue, ...mine].map((contact) => [contact.id, contact]));
    for (const id of [...this.contacts.keys()]) if (!told.has(id)) this.#forget(id);
    for (const contact of told.values()) this.#put(contact);
    this.listen("changed");
  }

  /** `contact_changed`: a version not newer than the known one is ignored. */
  contact(contact) {
    this.#put(contact);
    this.listen("changed");
  }

  /** `contact_gone`: no longer ours to see. An erased one stays until the worker has read what that means. */
  gone(id) {
    this.#forget(id);
    this.listen("changed");
  }

  entry(id, entry) {
    if (!this.mine.includes(id) || !this.threads.get(id).add(entry)) return;
    const contact = this.contacts.get(id);
    if (contact && contact.last_seq < entry.seq) contact.last_seq = entry.seq;
    this.listen("entry", id, entry);
    this.listen("changed");
  }

  presence(colleague) {
    if (colleague.id === this.me?.id) {
      if (colleague.version >= this.me.version) this.me = colleague;
    } else if (!(this.colleagues.get(colleague.id)?.version > colleague.version)) {
      this.colleagues.set(colleague.id, colleague);
    }
    this.listen("changed");
  }

  /** What a claim answers: the contact with all it holds. */
  claimed(contact, entries) {
    this.contact(contact);
    for (const entry of entries) this.entry(contact.id, entry);
    this.threads.get(contact.id)?.beginUnread();
  }

  open(id) {
    this.current = id;
    this.listen("changed");
  }

  /** The worker has read that it was erased. */
  putAway(id) {
    this.#drop(id);
    this.contacts.delete(id);
    this.listen("changed");
  }

  isMine(contact) {
    if (contact.state !== "claimed" || !this.me) return false;
    return contact.claimed_by?.id === this.me.id || Boolean(contact.companions?.includes(this.me.id));
  }

  /** Mine to end, not only to write along. */
  owns(contact) {
    return contact.state === "claimed" && contact.claimed_by?.id === this.me.id;
  }

  speaks(contact) {
    return this.me.languages.includes(contact.language);
  }

  /** What a colleague asks this worker to go on with. */
  get offers() {
    return this.queue.filter((contact) => contact.offer?.to === this.me.id);
  }

  /** Who waits, in the order the server gave: `rank` is its word, compared letter by letter. */
  get queue() {
    const waiting = [...this.contacts.values()].filter((contact) => contact.state === "waiting");
    return waiting.sort((one, other) => (one.rank < other.rank ? -1 : 1));
  }

  get own() {
    return this.mine.map((id) => this.contacts.get(id));
  }

  get unread() {
    return this.mine.reduce((sum, id) => sum + this.threads.get(id).unread, 0);
  }

  /** Own conversations of which something is still missing here. */
  get incomplete() {
    return this.mine.filter((id) => {
      const thread = this.threads.get(id);
      return thread.readTo === null || thread.known < this.contacts.get(id).last_seq;
    });
  }

  #put(contact) {
    const { id } = contact;
    const known = this.contacts.get(id);
    if (known && known.version >= contact.version) {
      // A message makes no new version: a snapshot after a gap tells of it by its last seq alone.
      if (contact.last_seq > known.last_seq) known.last_seq = contact.last_seq;
      return;
    }
    this.contacts.set(id, contact);
    const waits = contact.state === "waiting";
    if (this.isMine(contact) && !this.mine.includes(id)) {
      this.mine.push(id);
      this.threads.set(id, new Thread());
      this.listen("taken", id);
    } else if (!this.isMine(contact) && this.mine.includes(id) && !this.threads.get(id).erased) {
      this.#drop(id, contact);
    }
    const flagged = waits && contact.urgency === "flagged" && known?.urgency !== "flagged";
    if (flagged || (waits && !known)) this.listen("arrived", id, { flagged });
    if (!waits && known && known.urgency !== "flagged" && contact.urgency === "flagged") this.listen("flagged", id);
  }

  #forget(id) {
    if (this.threads.get(id)?.erased) return;
    if (this.mine.includes(id)) this.#drop(id, null);
    this.contacts.delete(id);
  }

  #drop(id, contact) {
    this.mine = this.mine.filter((other) => other !== id);
    this.threads.delete(id);
    if (this.current === id) this.current = null;
    this.listen("dropped", id, contact);
  }
}
