// Keys with Alt, by their place on the keyboard whatever letter is printed there. AltGr writes letters: never a command.
import { dialogOpen } from "./dialogs.js";

/** own(i): open own chat number i (0…8). commands: { KeyN() {…}, … }, by the place of the key. */
export function listenToKeys({ own, commands }) {
  window.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.repeat || event.isComposing || event.getModifierState("AltGraph") || dialogOpen()) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (digit) own(Number(digit[1]) - 1);
    else if (Object.hasOwn(commands, event.code)) commands[event.code]();
    else return;
    event.preventDefault();
  });
}

/** Calls touched() at most once a minute while somebody is at the keyboard or the pointer. */
export function listenToLife(touched) {
  let last = 0;
  const touch = () => {
    const now = Date.now();
    if (now - last < 60_000) return;
    if (touched()) last = now;
  };
  window.addEventListener("pointerdown", touch, { passive: true });
  window.addEventListener("keydown", touch, { passive: true });
}
