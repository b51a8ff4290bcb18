// The two boxes of one conversation. A message goes to the visitor, a note to workers: never the same box.
import { Box } from "../lib/box.js";
import { Outbox } from "../lib/outbox.js";
import { fill, plural, words } from "../lib/words.js";
import { part, show, write } from "./dom.js";
import { isolated, refusal } from "./sayings.js";

const LONGEST = 4000;
const TYPING_EVERY = 4000;
const TYPING_PAUSE = 5000;
let groups = 0;

/**
 * send(command, fields): asks the server. promise(item), mark(id, state), remove(id): the message's bubble in the log.
 * stored(item, answer): it is in the database. typing(on): worth telling the visitor. phrases(): opens the phrasebook.
 * slips(text): resolves to true if this message repeats a note and the worker takes it back.
 */
export class Compose {
  #typedAt = 0;
  #pause = 0;

  constructor(root, { send, promise, mark, remove, stored, typing, phrases, slips }) {
    Object.assign(this, { root, promise, mark, remove, stored, typing, slips });
    this.foot = part(root, "foot");
    this.tell = part(root, "tell");
    this.radios = [...root.querySelectorAll(".modes input")];
    groups += 1;
    for (const radio of this.radios) {
      radio.name = `mode-${groups}`;
      radio.addEventListener("change", () => this.#mode());
      // A click means "I want to write here"; the arrow keys are still choosing.
      radio.addEventListener("click", (event) => event.detail && this.focus());
    }
    // The outbox lives in memory only: nothing of a conversation is kept on this computer.
    this.outbox = new Outbox({
      send: ({ kind, client_id, text }) => send(kind === "note" ? "add_note" : "send_message", { client_id, text }),
      changed: (item, state, answer) => this.#changed(item, state, answer),
    });
    this.boxes = {};
    for (const kind of ["message", "note"]) {
      const submit = () => this.#submit(kind);
      this.boxes[kind] = new Box(part(root, kind), {
        send: submit,
        typing: (on) => kind === "message" && this.#types(on),
        changed: (box) => this.#count(box),
      });
      part(root, `${kind}-form`).addEventListener("submit", (event) => {
        event.preventDefault();
        submit();
        this.boxes[kind].area.focus();
      });
    }
    part(root, "phrases").addEventListener("click", phrases);
    this.boxes.message.area.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.isComposing || event.altKey || event.ctrlKey || this.boxes.message.area.value) return;
      event.preventDefault();
      phrases();
    });
    this.#mode();
  }

  /** Puts a ready sentence where the worker was writing; it leaves only when they send it. */
  insert(text) {
    const { area } = this.boxes.message;
    const { selectionStart: from, selectionEnd: to, value } = area;
    const space = from > 0 && !/\s$/.test(value.slice(0, from)) ? " " : "";
    area.setRangeText(space + text, from, to, "end");
    area.dispatchEvent(new Event("input"));
    area.focus({ preventScroll: true });
  }

  get kind() {
    return this.radios.find((radio) => radio.checked).value;
  }

  /** Something has been sent from here and is not stored yet. */
  get unsent() {
    return this.outbox.items.length > 0;
  }

  toggle() {
    const other = this.radios.find((radio) => !radio.checked && !radio.disabled);
    if (other) other.checked = true;
    this.#mode();
    this.focus();
  }

  focus() {
    this.boxes[this.kind].area.focus({ preventScroll: true });
  }

  /** Whom a message goes to stands in the label, in the box and on the button; `coded`: it is read with a return code. */
  name(nickname, coded = false) {
    const named = (key) => (nickname ? fill(words[key], { name: isolated(nickname) }) : words[`${key}_nameless`]);
    const say = (key) => (coded ? words[`${key}_coded`] : named(key));
    const { area } = this.boxes.message;
    write(part(this.root, "to-words"), say("to"));
    write(part(this.root, "send-words"), say("send"));
    if (area.placeholder !== say("write")) Object.assign(area, { placeholder: say("write"), ariaLabel: say("to") });
  }

  /** Nobody reads messages any more: notes only. */
  notesOnly() {
    const [message, note] = this.radios;
    if (message.disabled) return;
    message.disabled = true;
    note.checked = true;
    this.#mode();
  }

  /** The entry itself came back, perhaps before its acknowledgement: it has left the box. */
  arrived({ client_id, kind }) {
    if (!this.outbox.items.some((item) => item.client_id === client_id)) return;
    this.outbox.drop(client_id);
    this.boxes[kind].release(client_id);
    write(this.tell, "");
  }

  empty() {
    this.outbox.clear();
    for (const box of Object.values(this.boxes)) box.value = "";
    this.#types(false);
  }

  #mode() {
    const noting = this.kind === "note";
    this.foot.classList.toggle("noting", noting);
    show(part(this.root, "message-form"), !noting);
    show(part(this.root, "note-form"), noting);
    show(part(this.root, "phrases"), !noting);
    // Each box keeps its own text; it is never carried over, and nobody has to wonder where it went.
    const other = this.boxes.note ? this.boxes[noting ? "message" : "note"].draft() : "";
    write(part(this.root, "kept"), other ? (noting ? words.kept_message : words.kept_note) : "");
    if (noting) this.#types(false);
    this.#count(this.boxes[this.kind]);
  }

  async #submit(kind) {
    const box = this.boxes[kind];
    if (!box.draft() || this.asking) return;
    if (kind === "message") {
      this.asking = true;
      const slip = await this.slips(box.draft());
      this.asking = false;
      if (slip) return box.area.focus();
    }
    const text = box.draft();
    if (!text) return;
    const item = this.outbox.add({ kind, text });
    box.hold(item.client_id);
    if (kind === "message") this.promise(item);
    this.#types(false);
  }

  #changed(item, state, answer) {
    const box = this.boxes[item.kind];
    const note = item.kind === "note";
    if (state === "sent") {
      box.release(item.client_id);
      write(this.tell, "");
      this.stored(item, answer);
    } else if (state === "failed" && answer.retry) {
      write(this.tell, note ? words.note_unsaved : words.message_unsent);
      if (!note) this.mark(item.client_id, "failed");
    } else if (state === "failed") {
      // Refused for good: back in the box as a draft, with the reason beside it.
      this.outbox.drop(item.client_id);
      this.remove(item.client_id);
      box.giveBack(item.client_id);
      write(this.tell, fill(note ? words.note_refused : words.refused, { why: refusal(answer) }));
    } else if (!note) this.mark(item.client_id, "sending");
  }

  #count(box) {
    if (box !== this.boxes?.[this.kind]) return;
    const left = LONGEST - box.area.value.length;
    if (left < 300) write(this.tell, plural(words.letters_left, left));
    else if (!this.unsent && !box.waiting && this.tell.dataset.n) write(this.tell, "");
    this.tell.dataset.n = left < 300 ? left : "";
  }

  #types(on) {
    clearTimeout(this.#pause);
    const now = Date.now();
    if (!on) {
      if (this.#typedAt) this.typing(false);
      this.#typedAt = 0;
      return;
    }
    if (now - this.#typedAt > TYPING_EVERY) {
      this.#typedAt = now;
      this.typing(true);
    }
    this.#pause = setTimeout(() => this.#types(false), TYPING_PAUSE);
  }
}
