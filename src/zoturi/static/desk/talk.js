// One own conversation on the page. Each has its own boxes, drafts and scroll position: no wrong child.
import { Near } from "../lib/near.js";
import { Timeline } from "../lib/timeline.js";
import { fill, plural, words } from "../lib/words.js";
import { happening } from "./about.js";
import { Compose } from "./compose.js";
import { askSlip } from "./dialogs.js";
import { shortly } from "./days.js";
import { clone, part, show, write } from "./dom.js";
import { noticeWords } from "./notify.js";
import { signOf, tone } from "./own.js";
import { Reach } from "./reach.js";
import { readsHere } from "./request.js";
import { called, isolated, presenceOf, urgencyOf } from "./sayings.js";
import { isFromVisitor } from "./thread.js";

const SHORTEST_NOTE = 8;
const bare = (text) => text.toLocaleLowerCase().replace(/\s+/g, " ").trim();

export class Talk {
  #told = 0;
  #end = true;
  #scroll = 0;

  constructor(id, { store, link, release, transfer, close, putAway, phrases, log, plan, open }) {
    Object.assign(this, { id, store, link });
    this.root = clone("talk-one");
    this.root.hidden = true;
    this.scroller = part(this.root, "scroll");
    this.timeline = new Timeline(part(this.root, "log"), (entry) => this.#describe(entry), (at) => shortly(at, store.now()));
    this.near = new Near(part(this.root, "new"), {
      scroller: this.scroller,
      say: (n) => write(part(this.root, "new-words"), plural(words.new, n)),
    });
    this.compose = new Compose(this.root, {
      send: (command, fields) => link.ask(command, { contact_id: id, ...fields }),
      promise: (item) => this.near.follow(() => this.timeline.promise(item), { own: true }),
      mark: (clientId, state) => this.near.follow(() => this.timeline.mark(clientId, state), { counts: false }),
      remove: (clientId) => this.timeline.remove(clientId),
      stored: (item, answer) => this.#stored(item, answer),
      typing: (typing) => link.tell("set_typing", { contact_id: id, typing }),
      phrases: () => phrases(id),
      slips: (text) => this.#slips(text),
    });
    const scrolled = () => {
      if (this.shown) this.#end = this.near.atEnd();
      this.look();
    };
    this.scroller.addEventListener("scroll", scrolled, { passive: true });
    // The keyboard of a tablet comes up, a strip appears above: whoever read the end goes on reading the end.
    new ResizeObserver(() => this.shown && this.#end && this.near.go()).observe(this.scroller);
    this.scroller.addEventListener("click", (event) => {
      const retry = event.target.closest(".retry");
      if (retry) this.compose.outbox.retry(retry.closest("li").dataset.clientId);
    });
    this.reach = new Reach(this.root, { id, store, log, plan, open });
    if (this.contact.channel !== "chat") {
      for (const name of ["close", "left-words"]) write(part(this.root, name), words[`${name.replace("-", "_")}_request`]);
    }
    part(this.root, "release").addEventListener("click", () => release(id));
    part(this.root, "transfer").addEventListener("click", () => transfer(id));
    part(this.root, "close").addEventListener("click", () => close(id));
    part(this.root, "put-away").addEventListener("click", () => putAway(id));
    for (const entry of this.thread.entries) this.timeline.put(entry);
  }

  get contact() {
    return this.store.contacts.get(this.id);
  }

  get thread() {
    return this.store.threads.get(this.id);
  }

  get shown() {
    return !this.root.hidden;
  }

  put(entry) {
    if (entry.kind === "erased") return this.#erase();
    if (entry.client_id) this.compose.arrived(entry);
    const add = () => this.timeline.put(entry);
    if (this.shown) this.near.follow(add, { counts: isFromVisitor(entry) });
    else add();
    this.timeline.seen(this.thread.seen);
    this.look();
  }

  show() {
    if (this.shown) return;
    this.root.hidden = false;
    if (this.#end) this.near.go();
    else this.scroller.scrollTop = this.#scroll;
    this.look();
  }

  hide() {
    if (!this.shown) return;
    this.#scroll = this.scroller.scrollTop;
    this.root.hidden = true;
  }

  /** What stands at the end of a conversation in front of the worker's eyes has been seen. */
  look() {
    if (!this.shown || !this.root.offsetParent || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const last = this.thread.lastFromVisitor;
    if (!last || this.thread.readTo === null || !this.near.atEnd()) return;
    if (last.seq > this.thread.readTo) {
      this.thread.readTo = last.seq;
      this.store.listen("changed");
    }
    if (last.seq > this.#told && this.link.connected) {
      this.#told = last.seq;
      this.link.tell("mark_seen", { contact_id: this.id, seq: last.seq });
    }
  }

  render() {
    const { contact, thread } = this;
    const now = this.store.now();
    write(part(this.root, "name"), called(contact));
    this.root.ariaLabel = called(contact);
    const chat = contact.channel === "chat";
    this.compose.name(contact.nickname, !chat);
    this.reach.render(contact, thread);
    const presence = part(this.root, "presence");
    show(presence, chat && !thread.left && !thread.erased);
    write(presence, presenceOf(contact) ?? "");
    presence.classList.toggle("closed", contact.visitor !== "here");
    tone(this.root, contact, this.store.mine);
    const sign = signOf(thread, { ...contact, visitor: "here" }, now);
    write(part(this.root, "sign"), sign.words);
    for (const stage of ["soon", "late"]) part(this.root, "sign").classList.toggle(stage, sign.stage === stage);
    const flag = urgencyOf(contact);
    show(part(this.root, "flag"), Boolean(flag));
    write(part(this.root, "reason"), flag ?? "");
    show(part(this.root, "left"), thread.left && !thread.erased);
    if (thread.left || !readsHere(contact)) this.compose.notesOnly();
    part(this.root, "close").classList.toggle("ink", thread.left);
    // Nobody waits any more: there is nothing to give back.
    const mine = this.store.owns(contact);
    for (const name of ["release", "transfer"]) show(part(this.root, name), mine && !thread.left && !thread.erased);
    show(part(this.root, "close"), mine && !thread.erased);
    const typing = thread.typingUntil > now;
    show(part(this.root, "typing"), typing);
    if (typing) write(part(this.root, "typing-words"), fill(words.types_name, { name: isolated(called(contact)) }));
  }

  seen(seq) {
    this.thread.seen = Math.max(this.thread.seen, seq);
    this.timeline.seen(this.thread.seen);
  }

  #stored({ kind, client_id, text }, { seq, at }) {
    const by = { role: "worker", name: this.store.me.name };
    this.store.entry(this.id, { seq, at, kind, by, text, data: null, client_id });
  }

  #describe(entry) {
    const { kind, by, text } = entry;
    const name = by.role === "worker" && by.name === this.store.me.name ? words.you : by.name;
    if (entry.data?.notify) return { as: "note", name, text: noticeWords(entry.data.notify) };
    if (kind === "note" && text !== null) return { as: "note", name, text };
    if (kind === "message") return isFromVisitor(entry) ? { as: "other", name: called(this.contact), text } : { as: "own", name, text };
    const done = happening(entry, this.store.me);
    return done ? { as: "happening", text: done } : null;
  }

  /** A message that repeats a note of this talk is most likely in the wrong box: asked before it goes. */
  async #slips(text) {
    const notes = this.thread.entries.filter((entry) => entry.kind === "note" && entry.text).map((entry) => bare(entry.text));
    const draft = bare(this.compose.boxes.note.draft());
    const said = bare(text);
    const repeats = [...notes, draft].some((note) => note && (note === said || (note.length >= SHORTEST_NOTE && said.includes(note))));
    return repeats && !(await askSlip(called(this.contact), text));
  }

  /** Erased by the visitor: nothing of it stays in this window either. */
  #erase() {
    const inside = this.root.contains(document.activeElement);
    this.compose.empty();
    part(this.root, "log").replaceChildren();
    for (const name of ["scroll", "foot", "close", "transfer", "typing", "new"]) part(this.root, name).hidden = true;
    const panel = part(this.root, "erased");
    panel.hidden = false;
    if (inside) panel.querySelector("h3").focus();
  }
}
