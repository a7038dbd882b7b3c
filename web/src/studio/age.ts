import { language } from '../i18n/language.ts';

const MINUTE_MS = 60_000;
const UNITS: [unit: 'day' | 'hour' | 'minute', ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', MINUTE_MS],
];
const made = new Map<string, Intl.NumberFormat>();

/** "3 hari", "5 jam", "12 menit": how long something has waited, in its largest whole unit; a minute at least. */
export function age(iso: string, nowMs: number): string {
  const ms = Math.max(MINUTE_MS, nowMs - Date.parse(iso));
  const [unit, size] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? ['minute', MINUTE_MS];
  const locale = language.value === 'en' ? 'en-GB' : 'id-ID';
  const key = `${locale} ${unit}`;
  const format = made.get(key) ?? new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
  made.set(key, format);
  return format.format(Math.floor(ms / size));
}
