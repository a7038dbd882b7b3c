import type { Money } from './money.ts';

export const PAYOUT_STATUSES = [
  'requested',
  'rejected',
  'approved',
  'submitted',
  'confirmed',
  'failed',
  'reversed',
] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

/** A transfer costs the platform a fee at every bank; less than this is not worth one. In rupiah. */
export const PAYOUT_MIN = 10_000;
/** Beyond any campaign's goal, and a safe integer. */
export const PAYOUT_MAX = 1_000_000_000_000;
export const BANK_ACCOUNT_HOLD_DAYS = 3;
/** Of an account whose holder no bank has told us. */
export const UNVERIFIED_ACCOUNT_HOLD_DAYS = 7;
export const BANK_REFERENCE_MAX = 100;
export const PAYOUT_NOTE_MAX = 500;
export const HOLDER_MAX = 100;
/** More than a campaign ever needs; retired ones count. */
export const BANK_ACCOUNTS_MAX = 20;

/**
 * A campaign's money. `available = paid with what was settled, less all that went back, fees, paidOut, pending, held and
 * owed`, as the books stand; gifts alone, no tips.
 */
export type Balances = {
  /** Gifts paid that still count. */
  paid: Money;
  settled: Money;
  refunded: Money;
  clawedBack: Money;
  fees: Money;
  paidOut: Money;
  /** Asked for payout and not ended. */
  pending: Money;
  /** What active holds keep back; all of what is there where one of them names no amount. */
  held: Money;
  owed: Money;
  available: Money;
};

export type BankAccountRequest = {
  /** A code out of GET /banks. */
  bank: string;
  number: string;
  holder: string;
};
export type BankAccountView = {
  id: string;
  bank: string;
  /** All of it for owner and finance, for others its last four digits. */
  number: string;
  holder: string;
  addedAt: string;
  usableFrom: string;
  retired: boolean;
};
export type Bank = { code: string; name: string };

export type PayoutRequest = { amount: Money; bankAccountId: string };
export type PayoutView = {
  id: string;
  campaignId: string;
  campaignTitle: string;
  /** The number masked. */
  bankAccount: { bank: string; number: string; holder: string };
  amount: Money;
  status: PayoutStatus;
  requestedAt: string;
  decidedAt: string | null;
  endedAt: string | null;
  note: string;
  failure: string | null;
};
export type PayoutPage = { items: PayoutView[]; nextCursor: string | null };
export type PayoutListQuery = { status?: PayoutStatus; cursor?: string; limit: number };
export type PayoutApproval = { note: string };
/** Why it was rejected, or came back from the bank. */
export type PayoutNote = { note: string };
/** Paid by hand, where no gateway pays. */
export type PayoutByHand = { bankReference: string };

export type HoldRequest = { amount?: Money; reason: string; until?: string };
export type HoldView = {
  id: string;
  /** Null: everything. */
  amount: Money | null;
  /** For staff; empty for the campaign's team, so that nobody under suspicion reads of it. */
  reason: string;
  until: string | null;
  placedAt: string;
  releasedAt: string | null;
};

/** `••••1234` */
export const maskedNumber = (number: string): string => `••••${number.slice(-4)}`;
