/** An amount in the currency's minor unit as the gateways count it; rupiah has no smaller unit (exponent 0). */
export type Money = { amount: number; currency: 'IDR' };

export const CURRENCY = 'IDR';

/** Bounds of one gift and one tip, in rupiah. The maximum is what a virtual account may carry (Rp50,000,000). */
export const GIFT_MIN = 1_000;
export const GIFT_MAX = 50_000_000;
export const TIP_MAX = 10_000_000;
export const GOAL_MIN = 100_000;
export const GOAL_MAX = 100_000_000_000;

export const rupiah = (amount: number | bigint): Money => ({ amount: Number(amount), currency: CURRENCY });
