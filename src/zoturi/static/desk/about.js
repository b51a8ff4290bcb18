// What is known of the open conversation, what has happened in it, and who else is on duty.
import { fill, page, words } from "../lib/words.js";
import { shortly } from "./days.js";
import { arrange, byId, clone, part, show, write } from "./dom.js";
import { said } from "./packet.js";
import { requestFacts, unitOf } from "./request.js";
import { ageOf, areaOf, channelOf, isLive, isolated, languageOf, languages, promise, since, topicsOf, urgencyOf } from "./sayings.js";

/** A happening in words; null for a kind that is said, not done. */
export function happening(entry, me) {
  if (entry.data?.carried) return words.happened.opened_brought;
  if (entry.kind === "returned" && words.happened[entry.data?.reason]) return words.happened[entry.data.reason];
  if (entry.data?.routed) return routed(entry.data.routed);
  if (entry.kind === "call" && entry.data) {
    const said = fill(words.happened.call_result, { name: isolated(entry.by.name ?? ""), result: page.labels.call_results[entry.data.result] ?? "" });
    return entry.text ? `${said} ${entry.text}` : said;
  }
  if (entry.kind === "handover" && entry.data) return fill(said.happened[entry.data.state] ?? "", entry.data) || null;
  const own = entry.by.role === "worker" && entry.by.name === me?.name && words.happened[`${entry.kind}_you`];
  const sentence = own || words.happened[entry.kind];
  return sentence ? fill(sentence, { name: isolated(entry.by.name ?? "") }) : null;
}

/** Where a rule sent it; for whom in that team stands among the facts. */
function routed({ team }) {
  return fill(words.happened.routed, { to: page.teams.find((one) => one.id === team)?.name ?? team });
}

export class About {
  constructor(store, { invite, leave }) {
    this.store = store;
    byId("invite").addEventListener("click", () => invite(store.current));
    byId("holders").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) leave(store.current, button.closest("li").dataset.key);
    });
    this.facts = byId("facts").querySelector("dl");
    this.history = byId("facts").querySelector("ol");
  }

  render() {
    const { store } = this;
    const contact = store.contacts.get(store.current);
    show(byId("facts"), Boolean(contact));
    if (contact) {
      show(this.facts, !store.threads.get(store.current).erased);
      this.#facts(contact, store.threads.get(store.current));
      this.#brought(store.threads.get(store.current));
      this.#history(store.threads.get(store.current));
      this.#holders(contact);
    }
    this.#colleagues();
  }

  #facts(contact, thread) {
    const untold = words.facts.not_told;
    const last = thread.lastFromVisitor;
    const facts = {
      urgency: urgencyOf(contact),
      ...requestFacts(contact),
      unit: unitOf(contact),
      meant_for: contact.meant_for?.name,
      age: ageOf(contact) ?? (contact.channel === "chat" ? untold : null),
      language: languageOf(contact),
      area: areaOf(contact) ?? untold,
      topics: topicsOf(contact) || untold,
      promise: this.#promise(contact, thread),
      channel: channelOf(contact),
      opened: shortly(contact.opened_at, this.store.now()),
      last: last && fill(words.facts.last_since, { time: since(last.at, this.store.now()) }),
    };
    const told = Object.keys(facts).filter((name) => facts[name]);
    const rows = arrange(this.facts, told, (name) => {
      const row = document.createElement("div");
      row.append(document.createElement("dt"), document.createElement("dd"));
      row.className = `fact-${name}`;
      row.firstChild.textContent = words.facts[name];
      return row;
    });
    for (const row of rows) write(row.lastChild, facts[row.dataset.key]);
  }

  /** Answers of the worry test that the person chose to take along, so that nobody asks them again. */
  #brought(thread) {
    const place = byId("brought");
    const carried = thread.erased ? null : thread.entries.find((entry) => entry.data?.carried)?.data.carried;
    show(place, Boolean(carried));
    if (!carried) return;
    const said = page.labels.questionnaires[carried.questionnaire] ?? { name: carried.questionnaire, topics: {}, questions: {}, answers: {} };
    write(place.querySelector("p"), fill(words.brought, { who: said.name }));
    const answers = new Map(carried.safety.map((code) => [code, ["", page.labels.urgency_reasons[code] ?? code]]));
    for (const { topic, question, answer } of carried.answers) {
      const told = fill(words.brought_row, { what: said.questions[question] ?? question, words: said.answers[question]?.[answer] ?? answer });
      const before = answers.get(topic);
      answers.set(topic, [said.topics[topic] ?? topic, before ? `${before[1]}\n${told}` : told]);
    }
    const rows = arrange(place.querySelector("dl"), [...answers.keys()], (key) => {
      const row = document.createElement("div");
      row.append(document.createElement("dt"), document.createElement("dd"));
      if (carried.safety.includes(key)) row.className = "fact-urgency";
      return row;
    });
    for (const row of rows) {
      const [name, told] = answers.get(row.dataset.key);
      write(row.firstChild, name || words.facts.urgency);
      write(row.lastChild, told);
    }
  }

  /** The promise is the time of the first answer, so a kept one stays kept. */
  #promise(contact, thread) {
    const answer = isLive(contact) ? thread.firstAnswer : contact.answered_at && { at: contact.answered_at };
    if (!answer) return promise(contact, this.store.now()).short;
    const late = Date.parse(answer.at) - Date.parse(contact.due_at);
    const at = shortly(answer.at, this.store.now());
    if (late <= 0) return fill(words.promise_kept, { clock: at });
    return fill(words.promise_late, { time: since(contact.due_at, Date.parse(answer.at)), clock: at });
  }

  /** Who takes part: the owner, and those who write along. */
  #holders(contact) {
    const { me, colleagues } = this.store;
    const names = new Map([[me.id, me.name], ...[...colleagues.values()].map((one) => [one.id, one.name])]);
    if (contact.claimed_by) names.set(contact.claimed_by.id, contact.claimed_by.name);
    const mine = this.store.owns(contact);
    const there = [contact.claimed_by?.id, ...(contact.companions ?? [])].filter(Boolean);
    for (const row of arrange(byId("holders"), there, () => clone("holder-row"))) {
      const id = row.dataset.key;
      const owner = id === contact.claimed_by?.id;
      write(part(row, "name"), names.get(id) ?? "");
      write(part(row, "role"), owner ? words.is_owner : words.is_along);
      const button = part(row, "part");
      show(button, !owner && (mine || id === me.id));
      write(button, id === me.id ? words.leave_talk : words.take_out);
    }
    show(byId("invite"), mine && !this.store.threads.get(contact.id).erased);
    byId("paper").href = `/desk/contacts/${encodeURIComponent(contact.id)}/print`;
    show(byId("paper"), !this.store.threads.get(contact.id).erased);
  }

  #history(thread) {
    const shown = thread.entries.filter((entry) => happening(entry, this.store.me));
    const bySeq = new Map(shown.map((entry) => [`${this.store.current}/${entry.seq}`, entry]));
    for (const row of arrange(this.history, [...bySeq.keys()], () => clone("history-row"))) {
      const entry = bySeq.get(row.dataset.key);
      const [time, text] = row.children;
      time.dateTime = entry.at;
      write(time, shortly(entry.at, this.store.now()));
      write(text, happening(entry, this.store.me));
    }
  }

  #colleagues() {
    const { store } = this;
    const there = [...store.colleagues.values()].filter((one) => one.on_duty && one.id !== store.me?.id);
    const byKey = new Map(there.map((one) => [one.id, one]));
    const list = byId("colleagues");
    if (!there.length) {
      if (list.dataset.alone) return;
      list.dataset.alone = "yes";
      const row = document.createElement("li");
      row.className = "soft";
      row.textContent = words.alone;
      list.replaceChildren(row);
      return;
    }
    if (list.dataset.alone) list.replaceChildren();
    delete list.dataset.alone;
    for (const row of arrange(list, [...byKey.keys()], () => clone("colleague-row"))) {
      const one = byKey.get(row.dataset.key);
      write(part(row, "name"), one.name);
      write(part(row, "load"), one.paused ? words.paused : fill(words.load, { live: one.live, capacity: one.capacity }));
      write(part(row, "languages"), languages(one.languages ?? []));
    }
  }
}

