// What the desk says of itself: short answers to deeds, the connection, and new things for those who listen.
import { words } from "../lib/words.js";
import { byId, clone, part, show, write } from "./dom.js";

const SHOWN_FOR = 8000;
const RESTART_TAKES = 30_000;

/** Says something for a while. One at a time: a new one takes the place of the old. `paper`: where it can be printed. */
export function toast(text, paper = null) {
  const item = clone("toast-row");
  write(part(item, "words"), text);
  show(part(item, "link"), Boolean(paper));
  if (paper) part(item, "link").href = paper;
  const done = setTimeout(() => item.remove(), SHOWN_FOR);
  item.querySelector("button").addEventListener("click", () => {
    clearTimeout(done);
    item.remove();
  });
  byId("toasts").replaceChildren(item);
}

/** For screen readers only: the page shows it in its own place. */
export function speak(text) {
  write(byId("spoken"), "");
  setTimeout(() => write(byId("spoken"), text), 50);
}

let restartingUntil = 0;

/** The connection in words; a lost one is a bar across the desk. While the server starts again, that is the reason. */
export function connection(name) {
  if (name === "restarting") restartingUntil = Date.now() + RESTART_TAKES;
  const state = name === "lost" && Date.now() < restartingUntil ? "restarting" : name;
  if (state === "connected") restartingUntil = 0;
  const bad = state === "lost" || state === "restarting";
  const bar = byId("net-bar");
  bar.toggleAttribute("data-bad", bad);
  write(bar, bad ? words[state] : "");
  write(byId("net-ok"), state === "connected" ? words.connected : state === "connecting" ? words.connecting : "");
  show(byId("net-ok"), !bad);
}
