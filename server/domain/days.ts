import { Refusal } from './refusal.ts';

/** Gateways and banks here count days in Jakarta's time. */
const JAKARTA = '+07:00';
const AHEAD_MS = 7 * 3_600_000;

/** The instant at which a day begins in Jakarta. */
export const dayBegins = (day: string): Date => new Date(`${day}T00:00:00${JAKARTA}`);

/** Throws Refusal 'invalid-input' for a day that has not begun. `path` is the field that holds it. */
export function mustHaveBegun(path: string, day: string, now: Date): void {
  if (day <= new Date(now.getTime() + AHEAD_MS).toISOString().slice(0, 10)) return;
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: [{ path, message: `${path} is a day to come` }],
  });
}
