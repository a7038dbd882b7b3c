import { createHash } from 'node:crypto';

/** `Iris-Signature`: lowercase hex SHA-512 over the body as it is sent, and the merchant key. */
export const signature = (body: string, merchantKey: string): string =>
  createHash('sha512').update(`${body}${merchantKey}`).digest('hex');

/** 100000 → "100000.00". */
export const amount = (rupiah: number): string => `${rupiah}.00`;

/** Milliseconds since 1970 → "2017-01-11T00:00:00Z". */
export const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Codes and names as docs.midtrans.com lists them under "Supported Bank"; a part of that list. */
export const BANKS: readonly { code: string; name: string }[] = [
  { code: 'bca', name: 'PT. BANK CENTRAL ASIA TBK.' },
  { code: 'bca_syar', name: 'PT. BANK BCA SYARIAH' },
  { code: 'bjb', name: 'PT. BANK PEMBANGUNAN DAERAH JABAR DAN BANTEN' },
  { code: 'bni', name: 'PT. BANK NEGARA INDONESIA (PERSERO)' },
  { code: 'bri', name: 'PT. BANK RAKYAT INDONESIA (PERSERO)' },
  { code: 'btn', name: 'PT. BANK TABUNGAN NEGARA (PERSERO)' },
  { code: 'cimb', name: 'PT. BANK CIMB NIAGA TBK.' },
  { code: 'danamon', name: 'PT. BANK DANAMON INDONESIA TBK.' },
  { code: 'dki', name: 'PT. BANK DKI' },
  { code: 'mandiri', name: 'PT. BANK MANDIRI (PERSERO) TBK.' },
  { code: 'permata', name: 'PT. BANK PERMATA TBK.' },
];
