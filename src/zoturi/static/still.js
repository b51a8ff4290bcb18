// A session ends after half an hour without a touch. Five minutes before, a dialog asks whether somebody is still here.

const WARN = 5 * 60_000;
const SIGN_EVERY = 60_000;
const SOON = 15_000;

const dialog = document.getElementById("still");
// The desk gives its signs of life over the socket; other pages give them here.
const signs = "signs" in dialog.dataset;
let signAt = performance.now();
let timer = 0;

async function look() {
  clearTimeout(timer);
  let left = null;
  try {
    const answer = await fetch("/desk/session", { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 401) return location.assign("/desk/login?ended=expired");
    if (answer.ok) left = await answer.json();
  } catch {
    left = null; // no network just now: ask again soon
  }
  timer = setTimeout(look, left ? tell(left) : SIGN_EVERY);
}

/** Opens or closes the dialog; answers when to look again. */
function tell({ idle_ms: idle, absolute_ms: absolute }) {
  const left = Math.min(idle, absolute);
  if (left > WARN) {
    if (dialog.open) dialog.close();
    return left - WARN + 1000;
  }
  const last = absolute < idle;
  dialog.querySelector(".still-idle").hidden = last;
  dialog.querySelector(".still-last").hidden = !last;
  // After twelve hours nothing helps but a new sign-in, so the dialog says it once and goes.
  if (!dialog.open && !(last && dialog.dataset.told)) dialog.showModal();
  if (last) dialog.dataset.told = "yes";
  return Math.max(1000, Math.min(left + 1000, SOON));
}

async function stillHere() {
  signAt = performance.now();
  try {
    await fetch("/desk/still-here", { method: "POST" });
  } catch {
    return;
  }
  await look();
}

document.getElementById("still-here").addEventListener("click", () => {
  dialog.close();
  stillHere();
});
if (signs) {
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => performance.now() - signAt > SIGN_EVERY && !dialog.open && stillHere(), { passive: true });
  }
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
timer = setTimeout(look, SIGN_EVERY);
