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

/** A campaign's money, of gifts alone: tips are the platform's. */
export type Balances = {
  /** All gifts that were ever paid, also those that went back. */
  paid: Money;
  /** Came to us from the gateways, less what of it went back. */
  settled: Money;
  refunded: Money;
  clawedBack: Money;
  fees: Money;
  paidOut: Money;
  /** Asked for payout and not ended. */
  pending: Money;
  /** What active holds keep back; all of what is there where one of them names no amount. */
  held: Money;
  /** Went back after it was paid out; later gifts repay it. */
  owed: Money;
  /** May be asked for: what was settled, less fees, what is on its way back, and all of the above. Never below zero. */
  available: Money;
};

export type AccountRequest = {
  /** A code out of GET /banks. */
  bank: string;
  number: string;
};
export type BankAccountRequest = AccountRequest & { holder: string };
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
  /** Of the refund that it pays to a donor; null of a campaign's own money. */
  refundId: string | null;
  /** The number masked; in finance's list whole where it is a donor's, and empty once that is forgotten. */
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

/** A hold without an end has none; one that is to end does so within some years. */
export const HOLD_DAYS_MAX = 5 * 366;
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
