// "Somebody is writing", told seldom enough, and taken back after a pause.

const EVERY = 3000;
const PAUSE = 5000;

/** tell(on) reaches the other side; answers a function to call at each change of the box. */
export function typingTeller(tell) {
  let told = 0;
  let idle = 0;
  return function typing(on) {
    clearTimeout(idle);
    if (on) idle = setTimeout(() => typing(false), PAUSE);
    const now = Date.now();
    if (on ? now - told < EVERY : !told) return;
    told = on ? now : 0;
    tell(on);
  };
}
