// The safety net beside the talk: a code that leads back to it, and a device that others use too.
import { leave } from "../page.js";
import { close, open } from "./panels.js";
import { words } from "./words.js";

const COVERED_AFTER = 2 * 60_000;
const ENDED_AFTER = 10 * 60_000;

const el = (id) => document.getElementById(id);
const shared = () => "shared" in document.body.dataset;

function tell(problem) {
  el("safety-problem").textContent = problem;
  el("safety-problem").hidden = !problem;
}

/** Sends one of the panel's forms and shows what came of it: a code, or that it did not go through. */
async function send(form, on) {
  const fields = new URLSearchParams(new FormData(form));
  if (on) fields.set("on", on);
  const answer = await fetch(form.action, { method: "POST", body: fields }).then(
    (response) => response.json(),
    () => ({}),
  );
  tell(answer.ok ? "" : words.failed);
  if (!answer.ok) return;
  if (on === "no") delete document.body.dataset.shared;
  else if (on) document.body.dataset.shared = "";
  if (!answer.code) return;
  el("code").textContent = answer.code;
  el("code-made").hidden = false;
  el("code-title").focus();
}

el("safety").addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, event.submitter?.value);
});

el("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(el("code").textContent);
    el("copied").textContent = words.copied;
  } catch {
    getSelection().selectAllChildren(el("code"));
  }
});

/** The code of a device that was told to be shared before the chat began. */
export function showFirstCode() {
  open(el("safety"));
  send(el("make-code"));
}

function cover() {
  document.querySelectorAll("dialog[open]").forEach(close);
  document.body.dataset.covered = "";
}

el("uncover").addEventListener("click", (event) => {
  event.preventDefault();
  delete document.body.dataset.covered;
  el("log").focus();
});

// Out of sight: clocks of a page in the background run late or not at all, so coming back looks at the time too.
let hiddenAt = 0;
let timers = [];

function later() {
  if (shared()) timers = [setTimeout(cover, COVERED_AFTER), setTimeout(leave, ENDED_AFTER)];
}

document.addEventListener("visibilitychange", () => {
  timers.forEach(clearTimeout);
  if (document.visibilityState === "hidden") {
    hiddenAt = Date.now();
    later();
  } else if (shared() && hiddenAt) {
    const away = Date.now() - hiddenAt;
    if (away >= ENDED_AFTER) leave();
    else if (away >= COVERED_AFTER) cover();
  }
});
