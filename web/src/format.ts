import type { Timezone } from '../../server/protocol/campaigns.ts';
import type { Money } from '../../server/protocol/money.ts';
import { language } from './i18n/language.ts';

const locale = (): string => (language.value === 'en' ? 'en-GB' : 'id-ID');

/** Intl objects are dear to make (about 50 µs) and a wall of gifts asks for hundreds. */
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();
function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  key: string,
  make: (locale: string) => T,
): T {
  const full = `${locale()} ${key}`;
  const found = made.get(full) as T | undefined;
  if (found) return found;
  const fresh = make(locale());
  made.set(full, fresh);
  return fresh;
}

/** 1.204 in Indonesian, 1,204 in English. */
export const number = (value: number): string =>
  once('number', (l) => new Intl.NumberFormat(l)).format(value);

/** Rp150.000 in Indonesian, IDR 150,000 in English. Amounts are whole rupiah. */
export const rupiah = (amount: number): string =>
  language.value === 'en' ? `IDR\u00a0${number(amount)}` : `Rp${number(amount)}`;
export const money = (value: Money): string => rupiah(value.amount);
/** The sign that stands before an amount field. */
export const currencySign = (): string => (language.value === 'en' ? 'IDR' : 'Rp');

/** A share of 1 as a whole percentage, rounded down: 100 % is said only when the goal is reached. */
export const percent = (share: number): string => {
  const whole = Math.floor(share * 100);
  return whole < 10 && share > 0 && share < 1
    ? once('percent', (l) => new Intl.NumberFormat(l, { style: 'percent', maximumFractionDigits: 1 })).format(
        Math.floor(share * 1000) / 1000,
      )
    : `${number(whole)}%`;
};

const ZONES: Record<string, string> = {
  'Asia/Jakarta': 'WIB',
  'Asia/Pontianak': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Jayapura': 'WIT',
};
/** WIB, WITA or WIT; the browser's own short name elsewhere. */
export function zoneName(timezone: string, at: Date): string {
  const known = ZONES[timezone];
  if (known) return known;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeZoneName: 'short' }).formatToParts(
    at,
  );
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timezone;
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Jakarta';

/** "5 Desember 2025" for a calendar day given as YYYY-MM-DD. */
export const day = (endsOn: string): string =>
  once(
    'day',
    (l) => new Intl.DateTimeFormat(l, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }),
  ).format(new Date(`${endsOn}T00:00:00Z`));

/** "5 Des 2025, 14.30 WIB", in the given zone or the reader's own. */
export function dateTime(iso: string, timezone: Timezone | string = ownZone()): string {
  const at = new Date(iso);
  const text = once(
    `dateTime ${timezone}`,
    (l) =>
      new Intl.DateTimeFormat(l, {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZone: timezone,
      }),
  ).format(at);
  return `${text} ${zoneName(timezone, at)}`;
}

/** "14.30 WIB" in the reader's own zone. */
export function clock(iso: string): string {
  const at = new Date(iso);
  const zone = ownZone();
  const text = once(
    `clock ${zone}`,
    (l) =>
      new Intl.DateTimeFormat(l, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }),
  ).format(at);
  return `${text} ${zoneName(zone, at)}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
/** "5 menit yang lalu"; null for less than a minute, which each language says in its own words. */
export function ago(iso: string, nowMs: number): string | null {
  const seconds = Math.max(0, (nowMs - Date.parse(iso)) / 1000);
  for (const [unit, size] of STEPS) {
    if (seconds >= size) {
      return once('ago', (l) => new Intl.RelativeTimeFormat(l)).format(-Math.floor(seconds / size), unit);
    }
  }
  return null;
}
