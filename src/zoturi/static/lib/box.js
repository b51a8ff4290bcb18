// The writing box: its text goes away only when the server has it, and nobody has to wait to write on.

/**
 * What was sent but not yet stored is held at the front of the box; one can write on behind it, and each part leaves
 * with its own acknowledgement. Who changes the held part has begun a new text: then nothing is taken away.
 */
export class Box {
  #held = [];
  #composing = false;

  constructor(area, { keys = true, send, typing = () => {}, changed = () => {} }) {
    Object.assign(this, { area, changed });
    const fine = matchMedia("(pointer: fine)").matches;
    area.addEventListener("compositionstart", () => (this.#composing = true));
    area.addEventListener("compositionend", () => {
      this.#composing = false;
      this.#settle();
    });
    area.addEventListener("input", () => {
      this.#check();
      this.fit();
      typing(this.draft() !== "");
      this.changed(this);
    });
    area.addEventListener("keydown", (event) => {
      if (!keys || event.key !== "Enter" || event.shiftKey || event.isComposing || !fine) return;
      event.preventDefault();
      send();
    });
    this.fit();
  }

  /** What has not been sent yet, trimmed. */
  draft() {
    return this.area.value.slice(this.#length()).trim();
  }

  get waiting() {
    return this.#held.length > 0;
  }

  set value(text) {
    this.#held = [];
    this.area.value = text;
    this.fit();
  }

  /** Everything in the box is on its way under this id. */
  hold(client_id) {
    this.#held.push({ client_id, part: this.area.value.slice(this.#length()), stored: false });
  }

  /** The server has it: its part leaves the box. */
  release(client_id) {
    const one = this.#held.find((item) => item.client_id === client_id);
    if (one) one.stored = true;
    this.#settle();
  }

  /** The server refused it for good: it stays in the box, to be changed. */
  giveBack(client_id) {
    if (this.#held.some((item) => item.client_id === client_id)) this.#held = [];
    this.changed(this);
  }

  /** Grows the box with its text where CSS cannot. */
  fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.area.rows = Math.min(5, Math.max(1, this.area.value.split("\n").length));
  }

  #length() {
    return this.#held.reduce((n, item) => n + item.part.length, 0);
  }

  #check() {
    if (!this.area.value.startsWith(this.#held.map((item) => item.part).join(""))) this.#held = [];
  }

  #settle() {
    const gone = this.#held.length && this.#held[0].stored;
    // Taking text away would break a half-composed word (Android, CJK): wait for its end.
    if (gone && this.#composing && this.draft()) return;
    while (this.#held.length && this.#held[0].stored) {
      const { part } = this.#held.shift();
      this.area.setRangeText("", 0, part.length, "preserve");
      // White space before the next thought is not part of it.
      const lead = this.area.value.length - this.area.value.trimStart().length;
      if (lead && !this.#held.length) this.area.setRangeText("", 0, lead, "preserve");
    }
    this.fit();
    this.changed(this);
  }
}
