// What reaches a worker who looks elsewhere: a dot on the tab, and a soft tone until the window is in front again.
// Never a text: whoever walks past a screen or hears the tone learns nothing.
import { page } from "../lib/words.js";
import { byId } from "./dom.js";

const AGAIN_AFTER = 30_000;
const LOUD = 0.06;
const SETTING = "zoturi sound";
const RINGS = "zoturi desk rings";
const FRONT = "zoturi desk in front";
const inFront = () => document.visibilityState === "visible" && document.hasFocus();

export class Bell {
  #seen = new Set();
  #rungAt = 0;
  #rungFor = "";
  #audio = null;
  #rings = !navigator.locks;
  #tell = "BroadcastChannel" in window ? new BroadcastChannel("zoturi desk") : null;

  constructor(store) {
    this.store = store;
    this.icon = document.querySelector('link[rel="icon"]');
    this.select = byId("sound");
    this.select.value = kept() ?? "mine";
    this.select.addEventListener("change", () => {
      keep(this.select.value);
      if (this.select.value !== "none") this.#tone();
    });
    // A browser lets a page sound only after a touch.
    const wake = () => this.select.value !== "none" && this.#wake();
    for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, wake, { passive: true });
    // Of several tabs of one worker one rings; when it closes, the next one has the bell.
    navigator.locks?.request(RINGS, () => {
      this.#rings = true;
      return new Promise(() => {});
    });
    this.#tell?.addEventListener("message", ({ data }) => this.#see(data));
    for (const kind of ["focus", "visibilitychange", "blur"]) window.addEventListener(kind, () => this.#stand());
    this.#stand();
  }

  /** What is new, by names that mean nothing elsewhere: own unread messages, offers to me; with "all" the queue too. */
  #news() {
    const { store } = this;
    const own = store.mine.filter((id) => store.threads.get(id).unread).map((id) => `${id}/${store.threads.get(id).lastFromVisitor.seq}`);
    const offers = store.offers.map((contact) => `${contact.id}/offer`);
    const all = this.select.value === "all" && store.me.on_duty;
    const queue = all ? store.queue.filter((contact) => store.speaks(contact)).map((contact) => `${contact.id}/waits`) : [];
    return [...own, ...offers, ...queue];
  }

  render() {
    const news = this.#news();
    if (inFront()) {
      this.#see(news);
      this.#tell?.postMessage(news);
    }
    const unheard = news.filter((one) => !this.#seen.has(one));
    const href = this.store.unread || unheard.length ? page.icons.new : page.icons.calm;
    if (this.icon.getAttribute("href") !== href) this.icon.setAttribute("href", href);
    if (unheard.length) this.#ring(unheard.join());
  }

  async #ring(what) {
    if (!this.#rings || this.select.value === "none" || inFront()) return;
    const now = Date.now();
    if (what === this.#rungFor && now - this.#rungAt < AGAIN_AFTER) return;
    // A burst of messages is one ring.
    if (now - this.#rungAt < 3000) return;
    this.#rungAt = now;
    this.#rungFor = what;
    const held = (await navigator.locks?.query())?.held ?? [];
    if (!held.some(({ name }) => name === FRONT)) this.#tone();
  }

  #see(news) {
    for (const one of news) this.#seen.add(one);
    if (this.#seen.size > 2000) this.#seen = new Set(news);
  }

  /** While this tab is in front it says so, and no other tab rings. */
  #stand() {
    if (!inFront() || this.standing) return;
    this.standing = true;
    navigator.locks?.request(FRONT, { mode: "shared" }, () => new Promise((leave) => {
      const look = () => {
        if (inFront()) return;
        for (const kind of ["blur", "visibilitychange"]) window.removeEventListener(kind, look);
        this.standing = false;
        leave();
      };
      for (const kind of ["blur", "visibilitychange"]) window.addEventListener(kind, look);
    }));
  }

  #wake() {
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") this.#audio.resume();
    return this.#audio;
  }

  /** Two soft notes, made here: no file, no request. */
  #tone() {
    const audio = this.#wake();
    for (const [after, pitch] of [[0, 659.25], [0.18, 880]]) {
      const note = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + after;
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(LOUD, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
      note.connect(volume).connect(audio.destination);
      note.start(at);
      note.stop(at + 0.45);
    }
  }
}

function kept() {
  try {
    const value = localStorage.getItem(SETTING);
    return ["none", "mine", "all"].includes(value) ? value : null;
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(SETTING, value);
  } catch {
    // Kept in this window only, then.
  }
}
