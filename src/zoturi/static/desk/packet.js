// What goes to a service, exactly as it would see it: for the preview, for the list of what was sent, for who receives it.
import { fill, page, words } from "../lib/words.js";
import { byId, clone, part, show, write } from "./dom.js";

export const said = JSON.parse(byId("handover-words").textContent);

const CALLBACK = ["name", "contact_by", "phone", "email", "best_time", "voicemail_ok", "who_may_know", "interpreter"];
const LISTS = { role: "askers", for_whom: "asked_for", contact_by: "wished_answers", best_time: "times_to_ring", call_first: "ring_first", child_ages: "child_ages" };

function inWords(key, value) {
  if (typeof value === "boolean") return value ? words.yes : words.no;
  const list = page.labels[LISTS[key]] ?? {};
  return [value].flat().map((code) => list[code] ?? code).join(", ");
}

const facts = (told) => Object.entries(told).filter(([key]) => key !== "text").map(([key, value]) => [said.facts[key] ?? key, inWords(key, value)]);

function answers(carried) {
  const asked = page.labels.questionnaires[carried.questionnaire] ?? { topics: {}, questions: {}, answers: {} };
  const safety = carried.safety.map((code) => ["", page.labels.urgency_reasons[code] ?? code]);
  return safety.concat(carried.answers.map(({ topic, question, answer }) => [
    asked.topics[topic] ?? topic,
    fill(words.brought_row, { what: asked.questions[question] ?? question, words: asked.answers[question]?.[answer] ?? answer }),
  ]));
}

const parts = {
  summary: (text) => [["", text]],
  messages: (list) => list.map(({ by, text }) => [said.by[by], text]),
  test_answers: answers,
  help_request: (told) => [...(told.text ? [["", told.text]] : []), ...facts(told)],
  callback: facts,
};

/** Writes a packet into an element, part by part; nothing but text. */
export function showPacket(root, packet) {
  const sections = Object.keys(parts).filter((item) => packet?.[item] !== undefined).map((item) => {
    const section = clone("packet-part");
    write(part(section, "title"), said.items[item]);
    part(section, "rows").replaceChildren(...parts[item](packet[item]).map(([name, text]) => {
      const row = clone("packet-row");
      show(part(row, "name"), Boolean(name));
      write(part(row, "name"), name);
      write(part(row, "text"), text);
      return row;
    }));
    return section;
  });
  root.replaceChildren(...sections);
}

/** The packet that would be made of these choices: the same parts as the server makes. */
export function draftOf({ summary, include, seqs }, contact, thread) {
  const has = new Set(include);
  const request = Object.entries(contact.request ?? {}).filter(([, value]) => value !== null && value !== "" && value.length !== 0);
  const messages = thread.entries.filter((entry) => seqs.includes(entry.seq)).map(({ seq, by, text }) => ({ seq, by: by.role, text }));
  const first = thread.entries.find((entry) => entry.seq === 2 && entry.kind === "message" && entry.by.role === "visitor");
  return {
    ...(has.has("summary") && { summary }),
    ...(has.has("messages") && { messages }),
    ...(has.has("test_answers") && { test_answers: carriedIn(thread) }),
    ...(has.has("help_request") && { help_request: { ...Object.fromEntries(request.filter(([key]) => !CALLBACK.includes(key))), ...(first && { text: first.text }) } }),
    ...(has.has("callback") && { callback: Object.fromEntries(request.filter(([key]) => CALLBACK.includes(key))) }),
  };
}

export const carriedIn = (thread) => thread.entries.find((entry) => entry.data?.carried)?.data.carried;
export const canCallBack = (contact) => CALLBACK.some((key) => contact.request?.[key] != null && contact.request[key].length !== 0);
