// What a worker does with somebody who is no live chat: log a call, plan the next step, write a call or a visit down.
import { uuid } from "../lib/outbox.js";
import { fill, page, words } from "../lib/words.js";
import { answer as openDialog, choose } from "./dialogs.js";
import { byId, part, show, write } from "./dom.js";
import { whenOf } from "./days.js";
import { toast } from "./notices.js";
import { called, refusal } from "./sayings.js";

const TRIES = 4;
const PAUSE = 1500;

/** Asks until an answer comes; the same client_id keeps it one deed. */
async function surely(link, command, fields) {
  for (let left = TRIES; ; left -= 1) {
    const answer = await link.ask(command, fields);
    if (answer.ok || !answer.retry || left === 1) return answer;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

/** open(id): shows an own conversation. */
export function calls({ store, link, open }) {
  let writing = null; // the same id until the server has the words in the box

  async function plan(id, next_at) {
    const answer = await surely(link, "set_next_step", { contact_id: id, next_at });
    if (!answer.ok) return toast(refusal(answer, { bad_field: words.next_refused }));
    toast(next_at ? fill(words.next_set, { when: whenOf(Date.parse(next_at), store.now()) }) : words.next_cleared);
  }

  async function log(id) {
    const contact = store.contacts.get(id);
    if (!contact || !store.isMine(contact)) return;
    const said = await choose(byId("call-dialog"), called(contact), "result");
    if (!said) return;
    const text = said.text.value.trim();
    const next_at = store.nextSteps[said.next.value];
    const fields = { contact_id: id, client_id: uuid(), result: said.result.value, ...(text && { text }), ...(next_at && { next_at }) };
    const answer = await surely(link, "log_call", fields);
    if (!answer.ok) return toast(refusal(answer));
    said.text.value = "";
    toast(page.labels.after_calls[answer.then] ?? words.call_logged);
  }

  /** The dialog keeps its words until they are stored: nobody writes a call down twice. */
  async function writeDown() {
    const dialog = byId("write-down");
    const form = dialog.querySelector("form");
    const error = part(dialog, "error");
    error.hidden = true;
    const check = (event) => {
      if (event.submitter?.value !== "yes") return;
      const lacking = !form.elements.channel.value ? words.write_channel : !form.elements.text.value.trim() ? words.write_text : null;
      show(error, Boolean(lacking));
      if (!lacking) return;
      event.preventDefault();
      write(part(error, "why"), lacking);
      (lacking === words.write_text ? form.elements.text : form.querySelector("[name=channel]")).focus();
    };
    form.addEventListener("submit", check);
    const said = await openDialog(dialog);
    form.removeEventListener("submit", check);
    if (said !== "yes") return;
    const { channel, language, area, age_group, topics, text } = form.elements;
    const chosen = [...topics].filter((box) => box.checked).map((box) => box.value);
    const fields = {
      channel: channel.value,
      language: language.value,
      text: text.value,
      ...(area?.value && { area: area.value }),
      ...(age_group.value && { age_group: age_group.value }),
      ...(chosen.length && { topics: chosen }),
    };
    const content = JSON.stringify(fields);
    if (writing?.content !== content) writing = { content, client_id: uuid() };
    const answer = await surely(link, "log_contact", { client_id: writing.client_id, ...fields });
    if (!answer.ok) {
      const why = answer.why === "identity_code" ? words.write_identity : refusal(answer);
      toast(fill(words.write_kept, { why }));
      return;
    }
    writing = null;
    form.reset();
    store.contact(answer.contact);
    open(answer.contact.id);
  }

  return { log, plan, writeDown };
}
