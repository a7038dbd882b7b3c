import type { Money } from './money.ts';

/** What may move a campaign's money, as its public statement names it. Gifts stand on the wall. */
export const STATEMENT_KINDS = [
  'settlement',
  'settlement_corrected',
  'refund',
  'chargeback',
  'chargeback_won',
  'reversal',
  'payout',
  'payout_reversed',
] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

/**
 * `amount` is below zero where the campaign has less for it. Of a settlement it is the gifts that are certain from then
 * on; they were in the total before.
 */
export type StatementItem = {
  id: string;
  kind: StatementKind;
  amount: Money;
  at: string;
  /** Of a settlement: what was kept of it. */
  fees?: Money;
};
/** All of gifts, without tips. */
export type StatementSummary = {
  /** Everything that was ever paid, also what went back since. */
  paid: Money;
  settled: Money;
  refunded: Money;
  clawedBack: Money;
  fees: Money;
  paidOut: Money;
  /** Asked for or on its way to the campaign's bank. */
  pending: Money;
  /** What the campaign has; what it owes stands beside it and is never both. */
  left: Money;
  owed: Money;
};
/**
 * What became of all that was ever paid, in shares from 0 to 1 that add up to 1: `paid` and nothing more yet, `settled` by
 * the gateway and here to stay, `refunded` or taken back. Null while nothing was paid.
 */
export type StatementQuality = { paid: number | null; settled: number | null; refunded: number | null };
export type StatementPage = {
  summary: StatementSummary;
  quality: StatementQuality;
  items: StatementItem[];
  nextCursor: string | null;
};
