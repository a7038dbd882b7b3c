import { createHash } from 'node:crypto';

/** 10000 → "10000.00": Midtrans takes whole rupiah as a number and gives them back as this string. */
export const amount = (rupiah: number): string => `${rupiah}.00`;

/** Milliseconds since 1970 → "2020-01-09 18:27:19": Jakarta's time, without saying so. */
export const time = (ms: number): string =>
  new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

const WITH_ZONE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/;

/** "2018-12-13 18:11:08 +0700" → milliseconds since 1970, or NaN. */
export function readTime(text: string): number {
  const [, day, clock, hours, minutes] = WITH_ZONE.exec(text) ?? [];
  return Date.parse(`${day}T${clock}${hours}:${minutes}`);
}

/**
 * `signature_key` of a notification and of GET status: lowercase hex SHA-512 over the four strings joined.
 * `grossAmount` is the wire's string, e.g. "10000.00" (docs.midtrans.com, HTTP notification).
 */
export const signature = (
  orderId: string,
  statusCode: string,
  grossAmount: string,
  serverKey: string,
): string => createHash('sha512').update(`${orderId}${statusCode}${grossAmount}${serverKey}`).digest('hex');

const UNIT_MS: Record<string, number> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** 30, "minutes" → milliseconds. Singular and plural are the same to Midtrans. */
export const durationMs = (count: number, unit: string): number =>
  count * (UNIT_MS[unit.replace(/s$/, '')] ?? Number.NaN);

/** Digits that follow from `seed` alone, so that a number on the page is the number on the wire. */
export function digits(seed: string, count: number): string {
  const hash = createHash('sha256').update(seed).digest('hex');
  return (BigInt(`0x${hash}`) % 10n ** BigInt(count)).toString().padStart(count, '0');
}

/** How often a notification is sent again after this answer; null is none (docs.midtrans.com, HTTP notification). */
export function retriesFor(httpStatus: number | null): number {
  if (httpStatus === 500) return 1;
  if (httpStatus === 503) return 4;
  if (httpStatus === 400 || httpStatus === 404) return 2;
  if (httpStatus === 301 || httpStatus === 302 || httpStatus === 303) return 0;
  return 5;
}

/** 2 min, 10 min, 30 min, 1.5 h, 3.5 h. */
export const RETRY_DELAYS_MS = [120_000, 600_000, 1_800_000, 5_400_000, 12_600_000] as const;
