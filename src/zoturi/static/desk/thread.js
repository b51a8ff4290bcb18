// What one own conversation says, as facts: the page's own list of entries is in talk.js.

export const isFromVisitor = (entry) => entry.kind === "message" && entry.by.role === "visitor";
const isAnswer = (entry) => entry.kind === "message" && entry.by.role === "worker";

export class Thread {
  entries = [];
  readTo = null;
  seen = 0;
  typingUntil = 0;
  erased = false;
  readAgainAt = 0;

  /** Puts an entry in its place by seq; false if it was already here. */
  add(entry) {
    let at = this.entries.length;
    while (at > 0 && this.entries[at - 1].seq >= entry.seq) at -= 1;
    if (this.erased || this.entries[at]?.seq === entry.seq) return false;
    if (entry.kind === "erased") {
      this.erased = true;
      this.entries = [entry];
      return true;
    }
    this.entries.splice(at, 0, entry);
    if (isFromVisitor(entry)) this.typingUntil = 0;
    return true;
  }

  /** The last seq before the first hole. A worker may see every kind of entry, so a hole means one got lost. */
  get known() {
    if (this.erased) return Infinity;
    const hole = this.entries.findIndex((entry, i) => entry.seq !== i + 1);
    return hole === -1 ? this.entries.length : hole;
  }

  /** Nobody knows what the worker had looked at before this page was loaded: what came since the last answer counts. */
  beginUnread() {
    this.readTo ??= this.lastAnswer?.seq ?? 0;
  }

  get unread() {
    if (this.readTo === null || this.erased) return 0;
    return this.entries.filter((entry) => entry.seq > this.readTo && isFromVisitor(entry)).length;
  }

  get lastFromVisitor() {
    return this.#last(isFromVisitor);
  }

  get lastAnswer() {
    return this.#last(isAnswer);
  }

  get firstAnswer() {
    return this.entries.find(isAnswer) ?? null;
  }

  /** The first message that still waits for an answer. */
  get unanswered() {
    const answered = this.lastAnswer?.seq ?? 0;
    return this.entries.find((entry) => entry.seq > answered && isFromVisitor(entry)) ?? null;
  }

  /** The calls that were tried, oldest first. */
  get calls() {
    return this.entries.filter((entry) => entry.kind === "call");
  }

  get left() {
    return this.entries.some((entry) => entry.kind === "left");
  }

  #last(wanted) {
    for (let i = this.entries.length - 1; i >= 0; i -= 1) if (wanted(this.entries[i])) return this.entries[i];
    return null;
  }
}
