/** Parts of the console, in the order of its rail. The first has the bare address. */
export const PARTS = [
  'overview',
  'payouts',
  'refunds',
  'disputes',
  'settlements',
  'offline',
  'unmatched',
] as const;
export type Part = (typeof PARTS)[number];

export const addressOf = (part: Part): string => (part === 'overview' ? '/finance' : `/finance/${part}`);
