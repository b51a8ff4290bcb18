// Facts in words: spans of time, the promise, who somebody is.
import { fill, page, plural, words } from "../lib/words.js";
import { daysUntil, whenOf } from "./days.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span in words, coarser the longer it is: a desk full of running seconds would not be quiet. */
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (ms < MINUTE) return fill(words.seconds, { n: seconds });
  if (ms < 2 * MINUTE) return fill(words.minutes_seconds, { m: 1, s: seconds - 60 });
  if (ms < HOUR) return fill(words.minutes, { n: Math.floor(ms / MINUTE) });
  const hours = Math.floor(ms / HOUR);
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  if (ms < DAY) return minutes ? fill(words.hours_minutes, { h: hours, m: minutes }) : fill(words.hours, { n: hours });
  return plural(words.days, Math.floor(ms / DAY));
}

export const since = (iso, now) => span(now - new Date(iso).getTime());

/** Somebody in a chat, whom minutes matter to; everything else is promised by working days. */
export const isLive = (contact) => contact.channel === "chat" && !contact.written;

/** The promise of what is no live chat, in words of the calendar. */
function promisedDay(contact, now, left) {
  const due = Date.parse(contact.due_at);
  const state = left < 0 ? "late" : left < HOUR || daysUntil(due, now) <= 0 ? "soon" : "calm";
  const say = fill(left < 0 ? words.past_since : words.answer_by, { when: whenOf(due, now) });
  const span = due - Date.parse(contact.opened_at);
  return { left: left < 0 ? 100 : Math.min(100, Math.round((100 * left) / Math.max(1, span))), state, words: say, short: say };
}

/** The promise clock: how much is left (100…0), in words, and whether it is time ("soon" in its last half, "late"). */
export function promise(contact, now) {
  const opened = Date.parse(contact.opened_at);
  const left = Date.parse(contact.due_at) - now;
  if (!isLive(contact)) return promisedDay(contact, now, left);
  const time = span(Math.abs(left));
  const say = (which) => ({ words: fill(words[`promise_${which}`], { time }), short: fill(words[`time_${which}`], { time }) });
  if (!(left > 0)) return { left: 100, state: "late", ...say("passed") };
  const share = Math.min(100, Math.round((100 * left) / (left + Math.max(0, now - opened))));
  return { left: share, state: share <= 50 ? "soon" : "calm", ...say("left") };
}

const named = (list, code) => (code == null ? null : (page.labels[list][code] ?? code));

export const ageOf = (contact) => named("age_groups", contact.age_group);
export const languageOf = (contact) => named("languages", contact.language);
export const areaOf = (contact) => named("areas", contact.area);
export const channelOf = (contact) => named("channels", contact.channel);
export const presenceOf = (contact) => named("visitor_states", contact.visitor);
export const languages = (codes) => codes.map((code) => named("languages", code)).join(", ");
export const topicsOf = (contact) => (contact.topics ?? []).map((code) => named("topics", code)).join(", ");

export function urgencyOf(contact) {
  if (contact.urgency !== "flagged") return null;
  return page.labels.urgency_reasons[contact.urgency_reason] ?? words.flag_other;
}

/** Names are other people's words: isolated, so that a name cannot turn the direction of a sentence. */
export const isolated = (name) => `\u2068${name}\u2069`;

export function called(contact) {
  const name = contact.nickname ?? contact.request?.name;
  if (name) return name;
  if (contact.channel !== "chat") {
    const ages = contact.request?.child_ages?.map((code) => page.labels.child_ages[code] ?? code).join(", ") ?? ageOf(contact);
    return ages ? fill(words.nameless_of, { channel: channelOf(contact), ages }) : channelOf(contact);
  }
  const age = ageOf(contact);
  return age ? fill(words.nameless_age, { age }) : words.nameless;
}

/** What went wrong, in words; `special` are words of the deed at hand, by code. */
export function refusal(answer, special = {}) {
  if (answer.code === "no_connection" || answer.code === "no_answer") return words.no_answer;
  if (answer.code === "already_claimed" && answer.by) return fill(words.taken_by, { name: isolated(answer.by.name ?? answer.by) });
  return special[answer.code] ?? page.labels.errors[answer.code] ?? page.labels.errors.internal;
}
