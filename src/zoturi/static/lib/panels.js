// What stands beside the talk: dialogs, the danger panel, and the place in line.
import { keep } from "./outbox.js";
import { fill, plural, words } from "./words.js";

const el = (id) => document.getElementById(id);

/** Phones without <dialog> see it in the page. */
export function open(dialog) {
  if (dialog.open) return;
  if (dialog.showModal) dialog.showModal();
  else {
    dialog.setAttribute("open", "");
    dialog.scrollIntoView();
  }
}

export function close(dialog) {
  if (dialog.close) dialog.close();
  else dialog.removeAttribute("open");
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-open], [data-close]");
  const around = control?.closest("dialog");
  if (control) event.preventDefault();
  if (around) close(around);
  if (control?.dataset.open) open(el(control.dataset.open));
});

/** "I am not safe now": the panel at once, without any network. Answers a function that tells the workers again. */
export function danger({ key, ask, talking }) {
  const panel = el("danger");
  const told = (state) => (panel.dataset.told = state);
  let asking = false;

  async function tell() {
    if (asking || !keep.get(key)) return;
    asking = true;
    const answer = await ask();
    asking = false;
    if (answer.ok || !answer.retry) keep.set(key, null);
    if (answer.ok) told(talking() ? "talking" : "yes");
    else told(answer.retry ? "no" : "gone");
  }

  el("not-safe").addEventListener("click", (event) => {
    event.preventDefault();
    told("asking");
    open(panel);
    keep.set(key, "wanted");
    tell();
  });
  return tell;
}

function stroke(kind, width, y, height) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const facts = { class: kind, x: 96 - width / 2, y, width, height, rx: height / 2 };
  for (const name in facts) rect.setAttribute(name, facts[name]);
  return rect;
}

/** One stroke for each person ahead (at most five), narrowing towards the reader's own, which is lit. */
function draw(position) {
  const ahead = Math.min(position - 1, 5);
  const [step, thin] = ahead > 3 ? [15, 8] : [22, 12];
  const strokes = [...Array(ahead).keys()].map((i) => stroke("pl-ahead", 112 - i * 11, 56 + i * step, thin));
  const own = 58 + ahead * step;
  el("place-picture").replaceChildren(...strokes, stroke("pl-you", 48, own, 14));
  el("place-picture").ownerSVGElement.setAttribute("viewBox", `0 0 192 ${own + 18}`);
}

/** The place in few words beside the box, once the talk has pushed the picture out of sight. */
const line = el("place-line");
const tellPlaceBelow = () => (line.textContent = [el("place"), el("guess")].map((it) => it.textContent).join(" · "));
if (window.IntersectionObserver) {
  tellPlaceBelow();
  const look = ([{ isIntersecting }]) => (line.hidden = isIntersecting);
  new IntersectionObserver(look, { rootMargin: "-64px 0px 0px" }).observe(el("place"));
}

/** The `place` of the contract, as a picture and in words. */
export function tellPlace(place) {
  tellPlaceAbove(place);
  tellPlaceBelow();
}

function tellPlaceAbove({ position, wait_minutes: wait, anyone_here: here, stopped }) {
  if (!position) return;
  draw(position);
  if (stopped) {
    el("place").textContent = words.stopped;
    el("guess").textContent = words.written;
    el("ahead").textContent = "";
    return;
  }
  const ahead = position > 1 ? plural(words.ahead, position - 1) : "";
  el("place").textContent = ahead ? fill(words.place, { n: position }) : words.next;
  el("ahead").textContent = wait || here ? ahead : `${words.cannot_say} ${ahead}`;
  const [low, high] = wait ?? [];
  if (high > 1) el("guess").textContent = plural(words.guess, high, { range: `${low}–${high}` });
  else el("guess").textContent = high ? words.soon : here ? words.cannot_say : words.nobody;
}
