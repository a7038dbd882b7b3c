import { rupiah } from '../format.ts';

/** With the sign before the currency, as an account is read: −Rp5.000. */
export const signed = (amount: number): string => (amount < 0 ? `−${rupiah(-amount)}` : rupiah(amount));
