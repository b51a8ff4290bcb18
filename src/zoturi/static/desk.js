// The worker's desk: the connection, the state, the views, and the deeds between them.
import { About } from "./desk/about.js";
import { Alarm } from "./desk/alarm.js";
import { Bell } from "./desk/bell.js";
import { calls } from "./desk/calls.js";
import { deeds } from "./desk/deeds.js";
import { answer as openDialog } from "./desk/dialogs.js";
import { byId, part, show } from "./desk/dom.js";
import { Duty } from "./desk/duty.js";
import { Handovers } from "./desk/handovers.js";
import { listenToKeys, listenToLife } from "./desk/keys.js";
import { connection, speak, toast } from "./desk/notices.js";
import { Own } from "./desk/own.js";
import { Phrasebook } from "./desk/phrasebook.js";
import { Queue } from "./desk/queue.js";
import { called, isolated, refusal } from "./desk/sayings.js";
import { Services } from "./desk/services.js";
import { Store } from "./desk/store.js";
import { Talk } from "./desk/talk.js";
import { isFromVisitor } from "./desk/thread.js";
import { connect } from "./lib/socket.js";
import { fill, page, words } from "./lib/words.js";

const TYPING_LASTS = 8000;
const PAGE = 200;
const READ_PAUSE = 3000;

const talks = new Map();
let ready = false;
let claiming = false;
let over = false;
let due = false;
/** Conversations the worker is ending right now: their going needs no word. */
const ending = new Set();

const heard = {
  taken: (id) => {
    const talk = new Talk(id, { ...does, ...reaches, store, link, putAway, phrases, open });
    talks.set(id, talk);
    byId("talk").append(talk.root);
  },
  dropped: (id, contact) => {
    const talk = talks.get(id);
    talks.delete(id);
    const focused = talk?.root.contains(document.activeElement);
    talk?.root.remove();
    if (focused) byId("nothing").querySelector("h2").focus();
    if (ready && !["closed", "handed_over"].includes(contact?.state) && !ending.has(id)) toast(fill(words.returned, { name: talk?.root.ariaLabel ?? "" }));
  },
  entry: (id, entry) => {
    talks.get(id)?.put(entry);
    const elsewhere = store.current !== id || document.visibilityState !== "visible";
    if (ready && elsewhere && isFromVisitor(entry)) speak(fill(words.new_from, { name: isolated(called(store.contacts.get(id))) }));
  },
  arrived: (id, { flagged }) => {
    if (!ready) return;
    if (flagged) speak(words.new_flag);
    const { offer } = store.contacts.get(id);
    if (offer?.to === store.me.id) toast(fill(words.offered, { name: isolated(offer.by) }));
  },
  flagged: (id) => {
    if (ready && store.mine.includes(id)) toast(fill(words.own_flag, { name: isolated(called(store.contacts.get(id))) }));
  },
  changed: () => {
    if (due) return;
    due = true;
    // A timer, not a frame: the title must move on while the window is hidden.
    setTimeout(render);
  },
};

const store = new Store((what, id, detail) => heard[what](id, detail));

const link = connect("/desk", {
  on: {
    contact_changed: ({ contact }) => store.contact(contact),
    contact_gone: ({ contact_id }) => store.gone(contact_id),
    entry: ({ contact_id, entry }) => store.entry(contact_id, entry),
    handover_changed: ({ handover }) => handovers.changed(handover),
    presence_changed: ({ colleague }) => store.presence(colleague),
    typing: ({ contact_id, by, typing }) => {
      const thread = by.role === "visitor" && store.threads.get(contact_id);
      if (!thread) return;
      thread.typingUntil = typing ? store.now() + TYPING_LASTS : 0;
      heard.changed();
    },
    seen: ({ contact_id, by, seq }) => by.role === "visitor" && talks.get(contact_id)?.seen(seq),
  },
  state: (state, code) => {
    if (state === "ended") {
      over = true;
      return location.replace(`/desk/login?ended=${encodeURIComponent(code)}`);
    }
    connection(state);
    if (state === "connected") for (const talk of talks.values()) talk.compose.outbox.flush();
  },
  look: refresh,
});

/** Asks for everything anew. Events keep the desk true; this mends what got lost on the way. */
async function refresh() {
  const answer = await link.ask("watch_desk");
  if (!answer.ok) return answer.retry ? false : undefined;
  handovers.snapshot(answer.handovers);
  store.snapshot(answer);
  ready = true;
  await complete();
  for (const talk of talks.values()) talk.look();
  return true;
}

/** Reads what own conversations still lack here. */
async function complete() {
  for (const id of store.incomplete) {
    const thread = store.threads.get(id);
    if (thread.readAgainAt > Date.now()) continue;
    thread.readAgainAt = Date.now() + READ_PAUSE;
    await read(id, thread);
  }
}

async function read(id, thread) {
  for (;;) {
    const after = thread.known;
    const answer = await link.ask("read_entries", { contact_id: id, after, limit: PAGE });
    if (!answer.ok || store.threads.get(id) !== thread) return;
    for (const entry of answer.entries) store.entry(id, entry);
    if (thread.known >= answer.last_seq || thread.known === after) break;
  }
  thread.beginUnread();
  heard.changed();
}

const does = deeds({ store, link, end, setDuty });
const reaches = calls({ store, link, open });
const phrasebook = new Phrasebook(store, { link });
const services = new Services(store, { link });
const handovers = new Handovers(store, { link, services });
const views = [
  new Duty(store, { set: setDuty, off: does.goOff, moment: does.moment, pause: (paused) => setDuty(true, null, paused) }),
  new Queue(store, { take: (id) => claim("claim_contact", { contact_id: id }), decline: does.decline }),
  new Own(store, { open, unsent: (id) => talks.get(id).compose.unsent }),
  new About(store, { invite: does.invite, leave: does.part }),
  new Bell(store),
  new Alarm(store),
  handovers,
];

function render() {
  due = false;
  if (!store.me) return;
  for (const view of views) view.render();
  for (const [id, talk] of talks) {
    if (id === store.current) {
      talk.render();
      talk.show();
    } else talk.hide();
  }
  show(byId("nothing"), store.current === null);
  if (ready && !claiming && store.incomplete.length) complete();
}

async function setDuty(on, capacity = null, paused = null) {
  const answer = await link.ask("set_duty", { on, ...(capacity && { capacity }), ...(paused !== null && { paused }) });
  if (answer.ok) store.presence(answer.me);
  else toast(refusal(answer));
}

async function claim(command, fields = {}) {
  if (claiming) return;
  if (command === "claim_next" && store.me?.paused) return toast(words.paused_claim);
  claiming = true;
  const answer = await link.ask(command, fields);
  claiming = false;
  if (!answer.ok) return toast(refusal(answer, words.claim));
  store.claimed(answer.contact, answer.entries);
  open(answer.contact.id);
}

/** Opens an own conversation, ready to write in. */
function open(id) {
  store.open(id);
  pane("talk");
  render();
  const talk = talks.get(id);
  if (!talk) return;
  if (talk.thread.erased || matchMedia("(pointer: coarse)").matches) part(talk.root, "name").focus();
  else talk.compose.focus();
  talk.look();
}

/** A deed after which the conversation is no longer one's own; `paper`: where it can still be printed. */
async function end(id, command, fields, done, paper = null, special = {}) {
  ending.add(id);
  const answer = await link.ask(command, { contact_id: id, ...fields });
  if (answer.ok) {
    if (store.mine.includes(id)) store.putAway(id);
    afterwards();
  }
  ending.delete(id);
  if (answer.ok) toast(done, paper);
  else toast(refusal(answer, special));
}

/** The phrasebook for the open conversation, while its visitor can still read. */
function phrases(id = store.current) {
  const talk = talks.get(id);
  if (!talk || talk.compose.kind !== "message" || talk.thread.erased || talk.thread.left) return;
  phrasebook.open(talk.contact, (text) => talk.compose.insert(text));
}

function putAway(id) {
  ending.add(id);
  store.putAway(id);
  ending.delete(id);
  afterwards();
}

/** A conversation has been left: the eyes go back to what waits. */
function afterwards() {
  render();
  pane("list");
  byId("queue-title").focus({ preventScroll: true });
}

/** On narrow screens one part of the desk is in sight at a time. */
function pane(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll(".panes button")) {
    if (button.dataset.paneTo === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  talks.get(store.current)?.look();
}

document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-pane-to]")?.dataset.paneTo;
  if (to) pane(to);
});

const showKeys = () => openDialog(byId("keys-dialog"));
byId("keys-open").addEventListener("click", showKeys);
byId("services-open").addEventListener("click", () => store.current && services.open(store.contacts.get(store.current)));
byId("write-down-open").addEventListener("click", reaches.writeDown);
listenToKeys({
  own: (i) => store.mine[i] && open(store.mine[i]),
  commands: {
    KeyN: () => claim("claim_next"),
    KeyM: () => talks.get(store.current)?.compose.toggle(),
    KeyP: () => phrases(),
    KeyT: () => does.transfer(store.current),
    KeyC: () => does.close(store.current),
    KeyO: () => store.me?.live && does.moment(),
    KeyK: showKeys,
  },
});

listenToLife(() => {
  if (!link.connected) return false;
  link.tell("still_here");
  return true;
});

window.addEventListener("focus", () => talks.get(store.current)?.look());
window.addEventListener("beforeunload", (event) => {
  if (!over && [...talks.values()].some((talk) => talk.compose.unsent)) event.preventDefault();
});
// Whoever comes back with the Back button shall not see an old desk.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

pane("list");
setInterval(render, 1000);
