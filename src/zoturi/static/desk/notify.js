// The worker's own duty by law, and what to do when somebody is in danger now. Both happen outside zoturi.
import { uuid } from "../lib/outbox.js";
import { answer } from "./dialogs.js";
import { byId, part, show } from "./dom.js";
import { toast } from "./notices.js";
import { said } from "./packet.js";
import { refusal } from "./sayings.js";

export const danger = () => answer(byId("danger-dialog"));

/** Shows the duty to notify as a list, and writes down for staff what the worker says was done. */
export async function notify(contact, link) {
  const dialog = byId("notify-dialog");
  const form = dialog.querySelector("form");
  form.reset();
  show(part(dialog, "error"), false);
  const codes = () => [...form.querySelectorAll("input:checked")].map((box) => box.value);
  const check = (event) => {
    if (event.submitter?.value !== "yes" || codes().length) return;
    event.preventDefault();
    show(part(dialog, "error"), true);
    form.querySelector("input").focus();
  };
  form.addEventListener("submit", check);
  const done = await answer(dialog);
  form.removeEventListener("submit", check);
  if (done !== "yes") return;
  const logged = await link.ask("log_notice", { contact_id: contact.id, client_id: uuid(), codes: codes() });
  toast(logged.ok ? said.noted : refusal(logged));
}

/** A notice in words, for the talk and its history. */
export const noticeWords = (codes) => codes.map((code) => said.notices[code] ?? code).join(" · ");
