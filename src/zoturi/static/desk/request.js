// What a help request says of itself, in words. Only whoever holds it is told; the server sends it to nobody else.
import { page, words } from "../lib/words.js";

const named = (list, code) => (code == null ? null : (page.labels[list]?.[code] ?? code));
const joined = (codes, list) => (codes ?? []).map((code) => named(list, code)).join(", ") || null;
const yesNo = (value) => (value === true ? words.yes : value === false ? words.no : null);

export const unitOf = (contact) => named("units", contact.unit);

/** A relative or a professional asked: nothing that is written here is ever shown to them. */
export const isOutsider = (contact) => ["relative", "professional"].includes(contact.request?.role);

/** Whether the person can read here what the worker writes. */
export const readsHere = (contact) => contact.channel === "chat" || (contact.channel === "help_button" && !isOutsider(contact));

/** The facts of the request for the panel, by the names of words.facts; null where not told. */
export function requestFacts({ request }) {
  if (!request) return {};
  return {
    asker: named("askers", request.role),
    asked_for: named("asked_for", request.for_whom),
    child_ages: joined(request.child_ages, "child_ages"),
    wished: named("wished_answers", request.contact_by),
    email: request.email ?? null,
  };
}

/** How to ring safely, in the order a worker needs it: [name of words.safe, words, whether it is a warning]. */
export function safely(contact, languageOf) {
  const { request } = contact;
  if (!request) return [];
  const outsider = isOutsider(contact);
  const rows = [
    ["best_time", request.phone ? (joined(request.best_time, "times_to_ring") ?? words.safe.any_time) : null],
    ["voicemail", !request.phone ? null : request.voicemail_ok === true ? words.safe.voicemail_yes : words.safe.voicemail_no, request.voicemail_ok !== true],
    ["who_may_know", request.who_may_know || (request.phone || request.email ? words.safe.nobody_told : null), !request.who_may_know],
    ["language", languageOf(contact)],
    ["interpreter", request.interpreter ? words.safe.interpreter_yes : null, true],
    ["name", request.name ?? null],
    ["family_knows", outsider ? (yesNo(request.family_knows) ?? words.facts.not_told) : null, request.family_knows === false],
    ["call_first", outsider ? named("ring_first", request.call_first) : null],
  ];
  return rows.filter(([, said]) => said);
}

const number = (phone) => (phone ?? "").replace(/[^\d+]/g, "").replace(/^(?:\+|00)358/, "0");

/** A number as people read it aloud; those of other countries as they were stored. */
export const shownNumber = (phone) => phone.replace(/^\+358(\d{2})(\d{3})(\d+)$/, "+358 $1 $2 $3");

/** The number for a tel: link. */
export const telOf = (phone) => `tel:${phone.replace(/[^\d+]/g, "")}`;

/** Other contacts this worker holds whose phone or e-mail is the same; worked out here and now, kept nowhere. */
export function sameReach(contact, own) {
  const phone = number(contact.request?.phone);
  const email = contact.request?.email?.trim().toLowerCase();
  return own.filter((other) => {
    if (other.id === contact.id || !other.request) return false;
    return (phone && number(other.request.phone) === phone) || (email && other.request.email?.trim().toLowerCase() === email);
  });
}
