// Questions before a deed that ends something. Native dialogs: Escape, focus and return of focus come with them.
import { page } from "../lib/words.js";
import { byId, clone, part, show, write } from "./dom.js";

const asked = new WeakMap();

/**
 * Opens a dialog and resolves to the value of the button that closed it, "" for Escape. The browser tells of a closing
 * some time later; where the dialog stands open again by then, that word is about the question before.
 */
export function answer(dialog) {
  asked.get(dialog)?.("");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => dialog.open || done(dialog.returnValue);
    const done = (said) => {
      dialog.removeEventListener("close", closed);
      asked.delete(dialog);
      resolve(said);
    };
    asked.set(dialog, done);
    dialog.addEventListener("close", closed);
  });
}

/** Resolves to true if it shall go back to the queue. */
export async function askRelease(name) {
  const dialog = byId("release-dialog");
  write(part(dialog, "who"), name);
  return (await answer(dialog)) === "yes";
}

/** A dialog in which one of `field` must be chosen; resolves to its form, or null. */
export async function choose(dialog, name, field, prepare = () => {}) {
  const form = dialog.querySelector("form");
  const error = part(dialog, "error");
  write(part(dialog, "who"), name);
  form.reset();
  error.hidden = true;
  prepare(form);
  const check = (event) => {
    if (event.submitter?.value !== "yes" || form.elements[field]?.value) return;
    event.preventDefault();
    error.hidden = false;
    form.querySelector(`[name="${field}"]:enabled`)?.focus();
  };
  form.addEventListener("submit", check);
  const said = await answer(dialog);
  form.removeEventListener("submit", check);
  return said === "yes" ? form.elements : null;
}

/** Resolves to the fields of close_contact, or null. The groups of what the visitor named are chosen already. */
export async function askOutcome(name, topics = []) {
  const dialog = byId("close-dialog");
  const abuse = part(dialog, "abuse");
  const told = () => show(abuse, dialog.querySelector("form").elements.outcome.value === "abuse");
  dialog.addEventListener("change", told);
  const said = await choose(dialog, name, "outcome", (form) => {
    const groups = new Set(topics.map((topic) => page.reason_of_topic[topic]));
    for (const box of form.elements.reasons) box.checked = groups.has(box.value);
    told();
  });
  dialog.removeEventListener("change", told);
  if (!said) return null;
  const reasons = [...said.reasons].filter((box) => box.checked).map((box) => box.value);
  const fields = { outcome: said.outcome.value, reasons };
  if (said.handled.value) fields.handled_here = said.handled.value === "yes";
  if (said.words.value.trim()) fields.own_words = said.words.value;
  said.words.value = "";
  return fields;
}

/** One tile for each receiver: { value, name, load, able }. */
function receivers(dialog, list) {
  const tiles = list.map(({ value, name, load, able }) => {
    const tile = clone("receiver-row");
    const radio = tile.querySelector("input");
    Object.assign(radio, { value, disabled: !able });
    write(part(tile, "name"), name);
    write(part(tile, "load"), load);
    return tile;
  });
  part(dialog, "receivers").replaceChildren(...tiles);
}

/** Resolves to { team } or { worker }, with the note if there is one; or null. */
export async function askTransfer(name, list) {
  const dialog = byId("transfer-dialog");
  receivers(dialog, list);
  const said = await choose(dialog, name, "to");
  if (!said) return null;
  const [kind, id] = said.to.value.split(" ");
  const note = said.note.value.trim();
  said.note.value = "";
  return { [kind]: id, ...(note && { note }) };
}

/** Resolves to { worker }, or null. */
export async function askCompanion(name, list) {
  const dialog = byId("invite-dialog");
  receivers(dialog, list);
  const said = await choose(dialog, name, "to");
  return said && { worker: said.to.value.split(" ")[1] };
}

/** A message that repeats a note: resolves to true only if it shall go to the visitor all the same. */
export async function askSlip(name, text) {
  const dialog = byId("slip-dialog");
  write(part(dialog, "who"), name);
  write(part(dialog, "text"), text);
  const said = (await answer(dialog)) === "yes";
  write(part(dialog, "text"), "");
  return said;
}

/** Resolves to "end", "off" or "". */
export function askShift(waiting) {
  const dialog = byId("shift-dialog");
  write(part(dialog, "waiting"), waiting);
  return answer(dialog);
}

export const dialogOpen = () => Boolean(document.querySelector("dialog[open]"));
