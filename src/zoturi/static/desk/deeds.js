// What a worker does with a conversation or with the shift: ask, send, and say what came of it.
import { uuid } from "../lib/outbox.js";
import { fill, page, plural, words } from "../lib/words.js";
import { askCompanion, askOutcome, askRelease, askShift, askTransfer } from "./dialogs.js";
import { toast } from "./notices.js";
import { called, isolated, refusal, since, urgencyOf } from "./sayings.js";

/** end(id, command, fields, done, link): a deed after which the conversation is no longer one's own. */
export function deeds({ store, link, end, setDuty }) {
  const name = (id) => called(store.contacts.get(id));
  const owned = (id) => id !== null && store.owns(store.contacts.get(id)) && !store.threads.get(id).erased;
  const paper = (id) => `/desk/contacts/${encodeURIComponent(id)}/print`;
  /** The same id until the server has answered: said twice, done once. */
  const pending = {};

  function colleagues() {
    const there = [...store.colleagues.values()].filter((one) => one.on_duty);
    return there.map((one) => ({
      value: `worker ${one.id}`,
      name: one.name,
      load: one.paused ? words.paused : fill(words.load, one),
      able: !one.paused,
    }));
  }

  async function once(command) {
    pending[command] ??= uuid();
    const answer = await link.ask(command, { client_id: pending[command] });
    if (answer.ok || !answer.retry) delete pending[command];
    return answer;
  }

  return {
    async release(id) {
      if (owned(id) && (await askRelease(name(id)))) await end(id, "release_contact", {}, words.released);
    },

    async close(id) {
      if (id === null || !store.owns(store.contacts.get(id))) return;
      const fields = await askOutcome(name(id), store.contacts.get(id).topics);
      if (!fields) return;
      const done = fill(words.closed, { outcome: page.labels.outcomes[fields.outcome] });
      await end(id, "close_contact", fields, done, paper(id), { conflict: words.handover_open });
    },

    async transfer(id) {
      if (!owned(id) || store.threads.get(id).left) return;
      const teams = page.teams.map((team) => ({ value: `team ${team.id}`, name: team.name, load: "", able: true }));
      const to = await askTransfer(name(id), [...colleagues(), ...teams]);
      if (!to) return;
      await end(id, "transfer_contact", to, to.worker ? words.handed : words.handed_team, null, { at_capacity: words.not_able });
    },

    async decline(id) {
      const answer = await link.ask("decline_transfer", { contact_id: id });
      toast(answer.ok ? words.declined : refusal(answer));
    },

    async invite(id) {
      if (!owned(id)) return;
      const { companions } = store.contacts.get(id);
      const free = colleagues().filter((one) => !companions.includes(one.value.split(" ")[1]));
      if (!free.length) return toast(words.nobody_able);
      const whom = await askCompanion(name(id), free);
      if (!whom) return;
      const answer = await link.ask("invite_companion", { contact_id: id, ...whom });
      const said = { name: isolated(store.colleagues.get(whom.worker)?.name ?? "") };
      toast(answer.ok ? fill(words.asked, said) : refusal(answer, { at_capacity: words.not_able }));
    },

    /** The owner goes on without them; of oneself, one leaves. */
    async part(id, worker) {
      if (worker === store.me.id) return end(id, "leave_companion", {}, words.parted);
      const answer = await link.ask("remove_companion", { contact_id: id, worker });
      toast(answer.ok ? fill(words.unasked, { name: isolated(store.colleagues.get(worker)?.name ?? "") }) : refusal(answer));
    },

    async moment() {
      const answer = await once("one_moment");
      if (!answer.ok) return toast(refusal(answer));
      toast(answer.said ? plural(words.moment_said, answer.said) : words.no_moment);
    },

    /** Off duty; the last one is asked what becomes of those who wait. */
    async goOff() {
      const last = ![...store.colleagues.values()].some((one) => one.on_duty);
      const said = last ? await askShift(waitingWords()) : "off";
      if (said === "off") return setDuty(false);
      if (said !== "end") return;
      const answer = await once("end_shift");
      if (answer.ok) {
        store.presence(answer.me);
        toast(plural(words.shift_ended, answer.told));
      } else toast(refusal(answer, { conflict: answer.contact_id ? words.shift_flagged : words.shift_not_last }));
    },
  };

  function waitingWords() {
    const waiting = store.queue.filter((contact) => contact.channel === "chat" && !contact.written);
    if (waiting.some((contact) => urgencyOf(contact) && contact.visitor !== "gone")) return words.shift_flagged;
    if (!waiting.length) return words.shift_empty;
    const oldest = waiting.map((contact) => contact.opened_at).sort()[0];
    return plural(words.shift_waits, waiting.length, { time: since(oldest, store.now()) });
  }
}
