// Offering a handover: what goes along, the summary, a look at exactly that, and only then the offer.
import { fill, page, words } from "../lib/words.js";
import { answer } from "./dialogs.js";
import { byId, clone, part, show, write } from "./dom.js";
import { toast } from "./notices.js";
import { canCallBack, carriedIn, draftOf, said, showPacket } from "./packet.js";
import { called, isolated, refusal } from "./sayings.js";

const dialog = byId("offer-dialog");
const form = dialog.querySelector("form");
const field = (name) => form.elements[name];
let now = null;

/** Asks what shall go to a service from this talk, shows it, and offers it. */
export async function offer(service, contact, thread, link) {
  now = { service, contact, thread };
  write(part(dialog, "who"), fill(said.offer_to, { name: isolated(called(contact)), service: service.name }));
  form.reset();
  step("choose");
  tell("");
  const there = { test_answers: Boolean(carriedIn(thread)), help_request: Boolean(contact.request), callback: canCallBack(contact) };
  for (const box of form.querySelectorAll('[name="include"]')) show(box.closest("label"), there[box.value] !== false);
  show(part(dialog, "more"), Object.values(there).some(Boolean));
  const talk = thread.entries.filter((entry) => entry.kind === "message" && entry.text);
  part(dialog, "messages").replaceChildren(...talk.map((entry) => {
    const row = clone("offer-message");
    row.querySelector("input").value = entry.seq;
    write(part(row, "by"), entry.by.role === "visitor" ? called(contact) : (entry.by.name ?? "zoturi"));
    write(part(row, "text"), entry.text);
    return row;
  }));
  show(part(dialog, "messages-box"), talk.length > 0);
  part(dialog, "messages-box").open = false;
  field("written_in").value = [...field("written_in").options].some(({ value }) => value === contact.language) ? contact.language : page.spoken;
  if ((await answer(dialog)) !== "yes") return;
  const draft = chosen();
  const sent = await link.ask("offer_handover", {
    contact_id: contact.id,
    service_id: service.id,
    summary: draft.summary,
    include: draft.include,
    written_in: field("written_in").value,
    ...(draft.seqs.length && { entry_seqs: draft.seqs }),
  });
  toast(sent.ok ? said.offered : refusal(sent, { conflict: said.opened_already }));
}

function chosen() {
  const seqs = [...form.querySelectorAll('[name="seq"]:checked')].map((box) => Number(box.value));
  const include = [...form.querySelectorAll('[name="include"]:checked')].filter((box) => !box.closest("label").hidden).map((box) => box.value);
  const summary = field("summary").value.trim();
  return { summary, seqs, include: [...(summary ? ["summary"] : []), ...(seqs.length ? ["messages"] : []), ...include] };
}

function step(name) {
  for (const one of ["choose", "look"]) show(part(dialog, one), one === name);
}

function tell(problem) {
  show(part(dialog, "error"), Boolean(problem));
  write(part(dialog, "problem"), problem);
}

part(dialog, "preview").addEventListener("click", () => {
  const draft = chosen();
  if (!draft.include.length) {
    tell(said.choose_something);
    return field("summary").focus();
  }
  tell("");
  showPacket(part(dialog, "packet"), draftOf(draft, now.contact, now.thread));
  step("look");
  part(dialog, "look").querySelector("h3").focus();
});
part(dialog, "back").addEventListener("click", () => step("choose"));
// Enter in a field must not send what nobody has looked at.
form.addEventListener("submit", (event) => {
  if (event.submitter?.value === "yes" && part(dialog, "look").hidden) event.preventDefault();
});
