// The visitor's chat. The server is the truth; this page shows it, and keeps what the server has not got yet.
import { Box } from "./lib/box.js";
import { liftAbove } from "./lib/keyboard.js";
import { Near } from "./lib/near.js";
import { keep, Outbox } from "./lib/outbox.js";
import { close, danger, open, tellPlace } from "./lib/panels.js";
import { showFirstCode } from "./lib/safety.js";
import { connect } from "./lib/socket.js";
import { Timeline } from "./lib/timeline.js";
import { typingTeller } from "./lib/typing.js";
import { fill, page, plural, words } from "./lib/words.js";
import { leave } from "./page.js";

const el = (id) => document.getElementById(id);
const contact_id = page.contact.id;
const kept = { outbox: `outbox ${contact_id}`, draft: `draft ${contact_id}`, unsafe: `unsafe ${contact_id}` };
const title = document.title;

let contact = page.contact;
let reading = null;
let loud = false; // announce news, not the history
let unread = 0;
let over = false;
let slow = 0;
let netState = "";

const worker = () => contact.claimed_by?.name ?? words.somebody;

function describe({ kind, by, text, data }) {
  const who = { name: data?.service ?? by.name ?? words.somebody };
  const happened = words.happened[data?.carried ? "opened_brought" : data?.state ? `handover_${data.state}` : kind];
  if (kind !== "message") return happened && { as: "happening", text: fill(happened, who) };
  return by.role === "visitor" ? { as: "own", text } : { as: "other", name: fill(words.professional, who), text };
}

const timeline = new Timeline(el("log"), describe);
let read = timeline.last; // everything up to this seq is on the page
const near = new Near(el("new"), { say: (n) => (el("new").lastElementChild.textContent = plural(words.new, n)) });

const outbox = new Outbox({
  key: kept.outbox,
  send: ({ client_id, text }) => link.ask("send_message", { contact_id, client_id, text }),
  changed(item, state, answer) {
    if (state === "sent") {
      timeline.stored(item.client_id, answer.seq, answer.at);
      box.release(item.client_id);
    } else {
      const why = words.why[answer?.code] ?? words.why[""];
      near.follow(() => timeline.mark(item.client_id, state, why), { counts: false });
      if (state === "failed" && !answer.retry) box.giveBack(item.client_id);
    }
  },
});

const tellTyping = typingTeller((typing) => link.tell("set_typing", { contact_id, typing }));
const box = new Box(el("text"), {
  send: () => sendBox(),
  typing: tellTyping,
  changed: (it) => !over && keep.set(kept.draft, it.draft()),
});

// A return code opens the whole talk: nobody should hand theirs out by mistake.
const LIKE_A_CODE = /([0-9a-z]{4}[\s\-–]?){4}/i;
async function sendBox(anyway = false) {
  const text = box.draft();
  if (over) return;
  el("code-seen").hidden = true;
  if (!anyway && LIKE_A_CODE.test(text)) {
    const { holdsCode } = await import("./lib/codes.js").catch(() => ({ holdsCode: () => true }));
    if (over || box.draft() !== text) return;
    if (holdsCode(text)) return (el("code-seen").hidden = false);
  }
  if (!text) return box.waiting && outbox.retry(outbox.items[0]?.client_id);
  for (const { client_id } of outbox.items.filter((item) => item.refused)) {
    // What was refused is still in the box, perhaps changed: the new text takes its place.
    outbox.drop(client_id);
    timeline.remove(client_id);
  }
  const item = outbox.add({ text });
  box.hold(item.client_id);
  near.follow(() => timeline.promise(item), { own: true });
  keep.set(kept.draft, null);
  tellTyping(false);
}

// reading

function show(entry) {
  const theirs = entry.kind === "message" && entry.by.role !== "visitor";
  const item = near.follow(() => timeline.put(entry), { counts: theirs });
  if (loud && entry.kind === "handover") import("./lib/handover.js").then(({ fresh }) => fresh(link));
  if (!item || !loud || entry.by.role === "visitor") return;
  el("live").textContent = `${item.querySelector(".name")?.textContent ?? ""} ${item.querySelector(".text").textContent}`;
  if (theirs) {
    showTyping(false);
    if (document.visibilityState === "hidden" && !("shared" in document.body.dataset)) document.title = `(${++unread}) ${title}`;
  }
  tellSeen();
}

/** Asks for everything after what is surely here. Answers false if nobody answered. */
function catchUp() {
  reading ??= (async () => {
    for (let more = true; more; ) {
      const answer = await link.ask("read_entries", { contact_id, after: read });
      if (!answer.ok) return answer.code !== "no_answer";
      answer.entries.forEach(show);
      const { seq } = answer.entries[answer.entries.length - 1] ?? {};
      more = seq < answer.last_seq;
      read = Math.max(read, more ? seq : answer.last_seq);
    }
    loud = true;
    tellSeen();
    return true;
  })().finally(() => (reading = null));
  return reading;
}

async function look() {
  const mine = await link.ask("watch_mine");
  if (!mine.ok) return mine.code !== "no_answer";
  const now = mine.contacts.find(({ id }) => id === contact_id);
  if (!now) return sessionOver("revoked");
  takeContact(now);
  const place = [mine.places].flat().find((one) => one?.contact_id === contact_id);
  if (place) tellPlace(place);
  const answered = !loud || now.last_seq > read ? await catchUp() : true;
  outbox.flush();
  tellUnsafe();
  return answered;
}

// the other side

function takeContact(now) {
  if (over || now.version < contact.version) return;
  const back = contact.state === "claimed" && now.state === "waiting";
  contact = now;
  if (back) look(); // the place in line is news again
  if (now.state === "closed" || now.state === "handed_over") return end();
  const talking = now.state === "claimed";
  document.body.dataset.face = talking ? "talking" : "waiting";
  if (!talking) showTyping(false);
  el("talking").textContent = fill(words.talking, { name: worker() });
  el("initial").textContent = [...worker()][0];
  el("text").placeholder = talking ? fill(words.write_to, { name: worker() }) : words.write;
}

let typingEnds = 0;
function showTyping(on) {
  clearTimeout(typingEnds);
  if (on) {
    el("typing").lastElementChild.textContent = fill(words.writing, { name: worker() });
    typingEnds = setTimeout(() => showTyping(false), 8000);
  }
  near.follow(() => (el("typing").hidden = !on), { counts: false });
}

const fromOther = (by) => (by?.role ?? by) !== "visitor";

const tellUnsafe = danger({
  key: kept.unsafe,
  ask: () => link.ask("say_not_safe", { contact_id }),
  talking: () => contact.state === "claimed",
});

const mine = (hear) => (event) => event.contact_id === contact_id && hear(event);
const on = {
  entry: mine(({ entry }) => {
    show(entry);
    if (entry.seq === read + 1) read = entry.seq;
    else if (entry.seq > read) Promise.resolve(reading).then(catchUp);
  }),
  contact_changed: ({ contact: now }) => now.id === contact_id && takeContact(now),
  place: mine(tellPlace),
  typing: mine(({ by, typing }) => fromOther(by) && showTyping(typing)),
  seen: mine(({ by, seq }) => fromOther(by) && timeline.seen(seq)),
};

const link = connect("/visitor", {
  on,
  state: showState,
  look,
  slow: async (told) => {
    const { poll } = await import("./lib/poll.js");
    return poll({ lang: page.lang, contact_id, after: () => read, on, ...told });
  },
});

// telling

let seenTold = 0;
function tellSeen() {
  if (document.visibilityState === "hidden" || timeline.last <= seenTold || !link.connected) return;
  seenTold = timeline.last;
  link.tell("mark_seen", { contact_id, seq: seenTold });
}

// state of the connection, and the end

function showState(state, detail) {
  if (state === "ended") return sessionOver(detail);
  // After "restarting" the cut itself is no news.
  if (state === "lost" && netState === "restarting") return;
  netState = document.body.dataset.net = state;
  clearTimeout(slow);
  const say = () => {
    el("net").hidden = !words.net[state];
    near.follow(() => (el("net").lastElementChild.textContent = words.net[state]), { counts: false });
  };
  if (state === "connecting") slow = setTimeout(say, 1500);
  else say();
}

function forget() {
  over = true;
  outbox.clear();
  Object.values(kept).forEach((key) => keep.set(key, null));
}

/** The talk stays readable; thanks and the question come below it. */
function end() {
  if (over) return;
  forget();
  // Ended for abuse: the next page says it calmly, and when a new talk can begin.
  if (contact.rest_until) return location.replace(`/${page.lang}/chat`);
  document.body.dataset.face = "ended";
  el("ended").hidden = false;
  el("live").textContent = words.happened.closed;
}

/** It is over here, perhaps because it goes on in other hands: not a word of it stays on this screen. */
function sessionOver(code) {
  forget();
  link.close();
  if (code === "signed_out") return leave();
  document.querySelectorAll("dialog[open]").forEach(close);
  el("log").replaceChildren();
  box.value = "";
  el("over-title").textContent = words.ended[code] ?? words.ended.revoked;
  open(el("over"));
}

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const dialog = button.closest("dialog");
    button.disabled = true;
    over = true; // our own end: no thanks below the talk, the next page says them
    const answer = await link.ask(button.dataset.do, { contact_id });
    if (answer.ok || answer.code === "gone") {
      forget();
      close(dialog);
      location.replace(`/${page.lang}/chat`);
      return;
    }
    over = false;
    button.disabled = false;
    const problem = dialog.querySelector(".error");
    problem.textContent = words.failed;
    problem.hidden = false;
  });
}

el("go-on").addEventListener("click", () => {
  el("composer").hidden = true;
  el("ended-title").focus();
  el("ended").scrollIntoView();
});
el("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  sendBox(event.submitter?.name === "anyway");
  el("text").focus();
});
el("log").addEventListener("click", (event) => {
  if (event.target.closest(".retry")) outbox.retry(event.target.closest(".msg").dataset.clientId);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") return;
  unread = 0;
  document.title = title;
  tellSeen();
});

addEventListener("zoturi:exit", () => {
  over = true;
  link.close();
});

liftAbove(el("composer"));

// start: what the last page left behind

for (const item of outbox.items) {
  if (!timeline.find(item.client_id)) timeline.promise(item);
}
// What is in the box already was kept by the server, or typed before this page was alive.
box.value = el("text").value || keep.get(kept.draft) || "";
document.body.dataset.live = "";
if (el("danger").open) {
  close(el("danger"));
  open(el("danger"));
}
if (contact.state === "claimed") near.go();
// An address with a question or of a form would ask or send it again on reload.
if (location.search || !location.pathname.endsWith("/chat")) history.replaceState(null, "", `/${page.lang}/chat`);
if (page.code) open(el("safety"));
else if (page.fresh) showFirstCode();
