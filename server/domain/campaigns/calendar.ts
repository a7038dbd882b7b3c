import type { Timezone } from '../../protocol/campaigns.ts';
import { Refusal } from '../refusal.ts';

/** A campaign may be planned at most this many days ahead, today not counted. */
export const DAYS_AHEAD_MAX = 366;

/** Hours ahead of UTC. None of Indonesia's zones has had daylight saving since 1964. */
const OFFSET_HOURS: Record<Timezone, number> = { 'Asia/Jakarta': 7, 'Asia/Makassar': 8, 'Asia/Jayapura': 9 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The first instant after the calendar day `day` (YYYY-MM-DD) in `timezone`; the database computes the same. */
export const endOf = (day: string, timezone: Timezone): Date =>
  new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS - OFFSET_HOURS[timezone] * HOUR_MS);

/** The calendar day at `now` in `timezone`, as YYYY-MM-DD. */
export const dayAt = (now: Date, timezone: Timezone): string =>
  new Date(now.getTime() + OFFSET_HOURS[timezone] * HOUR_MS).toISOString().slice(0, 10);

/** Holds a last day to be a day of the calendar, not over yet, and not too far ahead. Throws Refusal 'invalid-input'. */
export function checkLastDay(day: string, timezone: Timezone, now: Date): void {
  const refuse = (message: string) =>
    new Refusal('invalid-input', 'Some fields need attention.', { errors: [{ path: 'endsOn', message }] });
  // Date.parse turns 30 February into 2 March; the calendar does not.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) {
    throw refuse('endsOn is not a day of the calendar');
  }
  if (endOf(day, timezone) <= now) throw refuse('endsOn is over already');
  const furthest = dayAt(new Date(now.getTime() + DAYS_AHEAD_MAX * DAY_MS), timezone);
  if (day > furthest) throw refuse(`endsOn must not be later than ${furthest}`);
}
