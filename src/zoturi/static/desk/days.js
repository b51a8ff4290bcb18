// Days in words, for what is counted in working days and not in minutes.
import { clock, fill, page, words } from "../lib/words.js";

const DAY = 24 * 3_600_000;
const dayNumber = (ms) => Math.round((new Date(ms).setHours(12, 0, 0, 0) - new Date(0).setHours(12, 0, 0, 0)) / DAY);

/** A promise for a whole day lasts until its last millisecond: its hour says nothing. */
const wholeDay = (ms) => new Date(ms + 1).getHours() === 0 && new Date(ms + 1).getMinutes() === 0;

/** How many days from now, by the calendar: 0 today, 1 tomorrow. */
export const daysUntil = (ms, now) => dayNumber(ms) - dayNumber(now);

/** "Thursday 26.11", as in "on Thursday". */
export function dayOf(ms) {
  const at = new Date(ms);
  const date = fill(words.date, { day: at.getDate(), month: at.getMonth() + 1 });
  return fill(words.day_date, { weekday: page.weekdays[(at.getDay() + 6) % 7], date });
}

/** "today 14.30", "tomorrow 9.00", "Thursday 26.11 9.00"; without the hour where a whole day is meant. */
export function whenOf(ms, now) {
  const days = daysUntil(ms, now);
  const day = days === 0 ? words.today : days === 1 ? words.tomorrow : dayOf(ms);
  return wholeDay(ms) ? day : fill(words.day_clock, { day, clock: clock(new Date(ms).toISOString()) });
}

/** The hour of today, the date and hour of another day: for lists of what has happened. */
export function shortly(iso, now) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime()) || daysUntil(at.getTime(), now) === 0) return clock(iso);
  return fill(words.day_clock, { day: fill(words.date, { day: at.getDate(), month: at.getMonth() + 1 }), clock: clock(iso) });
}
