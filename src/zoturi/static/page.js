// Every visitor page: leave without a trace on the screen, and a language menu that closes.

const LONGEST_GOODBYE = 1500;
const BETWEEN_SHIFTS = 5000;
const TOLD_FOR = 3000;

// All windows of this browser leave together.
const windows = self.BroadcastChannel && new BroadcastChannel("exit");
let leaving = false;

/** Storage may be forbidden; then nothing was kept in it. */
function forget() {
  try {
    sessionStorage.clear();
  } catch {
    return;
  }
}

/**
 * Nothing is left to see before the network answers. Then the session ends, and only after that the everyday page
 * takes this one's place: who sees it is safe. A network that is slow or gone does not keep anybody here.
 */
export function leave() {
  if (leaving) return;
  leaving = true;
  const to = document.querySelector("a[data-exit]")?.dataset.exit ?? "/exit";
  dispatchEvent(new Event("zoturi:exit"));
  document.title = "…";
  document.body.replaceChildren();
  document.body.className = "";
  forget();
  windows?.postMessage("exit");
  const ended = fetch("/exit", { keepalive: true, redirect: "manual" }).catch(() => null);
  const late = new Promise((resolve) => setTimeout(resolve, LONGEST_GOODBYE));
  Promise.race([ended, late]).then(() => location.replace(to));
}

if (windows) windows.onmessage = leave;
if ("forget" in document.body.dataset) forget();

for (const kind of ["click", "auxclick"]) {
  document.addEventListener(kind, (event) => {
    if (!event.target.closest('a[href="/exit"]')) return;
    event.preventDefault();
    leave();
  });
}

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.lang[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

// Shift three times: each press alone, within five seconds of the last; any other key undoes it.
const told = document.getElementById("shifts");
let shifts = 0;
let alone = false;
let waiting = 0;

function count(n) {
  if (!n && !shifts) return;
  clearTimeout(waiting);
  shifts = n;
  if (n > 2) return leave();
  told.textContent = told.dataset[`left${n}`];
  waiting = setTimeout(() => (n ? count(0) : told.replaceChildren()), n ? BETWEEN_SHIFTS : TOLD_FOR);
}

document.addEventListener("keydown", ({ key, repeat }) => {
  if (key === "Shift") {
    alone ||= !repeat;
    return;
  }
  alone = false;
  count(0);
  const menu = key === "Escape" && document.querySelector("details.lang[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("keyup", ({ key }) => {
  if (key !== "Shift" || !alone) return;
  alone = false;
  count(shifts + 1);
});

// The browser may keep this page in its memory to show it again on Back: it keeps an empty one, and asks anew.
addEventListener("pagehide", ({ persisted }) => persisted && document.body.replaceChildren());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
