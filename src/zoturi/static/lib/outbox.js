// Messages on their way: one at a time, in order, with one client_id for all tries, kept over a reload.

const PAUSES = [1000, 2000, 4000, 8000, 15_000];

/** A random UUID; old phones lack crypto.randomUUID. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => (n + 256).toString(16).slice(1)).join("");
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, "$1-$2-4$3-8$4-$5");
}

/** Session storage that never throws: full or forbidden, it must not stop a message. */
export const keep = {
  get(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value == null || value.length === 0) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Kept in memory only, then.
    }
  },
};

/**
 * key: where pending messages are kept. send(item) resolves to the server's answer.
 * changed(item, "sending" | "sent" | "failed", answer); one that failed with answer.retry is tried again by itself.
 */
export class Outbox {
  #busy = false;
  #tries = 0;
  #timer = 0;

  constructor({ key = null, send, changed }) {
    Object.assign(this, { key, send, changed });
    this.items = (key && keep.get(key)) || [];
  }

  add(fields) {
    const item = { client_id: uuid(), at: new Date().toISOString(), ...fields };
    this.items.push(item);
    this.#save();
    this.flush();
    return item;
  }

  /** Tries again now: after a tap, or when the connection is back. */
  retry(client_id) {
    const item = this.items.find((one) => one.client_id === client_id);
    if (item) delete item.refused;
    this.#tries = 0;
    this.flush();
  }

  drop(client_id) {
    this.items = this.items.filter((item) => item.client_id !== client_id);
    this.#save();
  }

  clear() {
    clearTimeout(this.#timer);
    this.items = [];
    this.#save();
  }

  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    let item;
    while ((item = this.items.find((one) => !one.refused))) {
      this.changed(item, "sending");
      const answer = await this.send(item);
      if (!this.items.includes(item)) continue;
      if (answer.ok) {
        this.#tries = 0;
        this.drop(item.client_id);
        this.changed(item, "sent", answer);
      } else if (answer.retry) {
        // Order is worth more than speed: the later ones wait behind this one.
        for (const one of this.items) if (!one.refused) this.changed(one, "failed", answer);
        this.#timer = setTimeout(() => this.flush(), PAUSES[Math.min(this.#tries++, PAUSES.length - 1)]);
        break;
      } else {
        item.refused = answer.code;
        this.#save();
        this.changed(item, "failed", answer);
      }
    }
    this.#busy = false;
  }

  #save() {
    if (this.key) keep.set(this.key, this.items);
  }
}
