import type { IBaseProtocol } from 'pg-promise';
import type {
  DonationStatus,
  GatewayName,
  MessageStatus,
  PaidBy,
  PaidThrough,
  PaymentStatus,
} from '../protocol/donations.ts';
import type { Method } from '../protocol/methods.ts';
import { prepared, sql } from './sql.ts';

export type PaymentRow = {
  id: string;
  donation_id: string;
  campaign_id: string;
  gateway: GatewayName;
  method: Method;
  reference: string;
  status: PaymentStatus;
  gift_minor: bigint;
  tip_minor: bigint;
  amount_minor: bigint;
  currency: string;
  gateway_transaction_id: string | null;
  redirect_url: string | null;
  expires_at: Date | null;
  created_at: Date;
  paid_at: Date | null;
  late: boolean;
  returned_gift_minor: bigint;
  returned_tip_minor: bigint;
  /** Fee and VAT together; null until a settlement tells. */
  fee_minor: bigint | null;
  covered_minor: bigint;
  settlement_id: string | null;
};

/** An attempt as the batch needs it, with the public side of its donation. */
export type LockedPayment = Pick<
  PaymentRow,
  | 'id'
  | 'reference'
  | 'status'
  | 'amount_minor'
  | 'gift_minor'
  | 'tip_minor'
  | 'currency'
  | 'donation_id'
  | 'campaign_id'
  | 'gateway_transaction_id'
  | 'returned_gift_minor'
  | 'returned_tip_minor'
  | 'fee_minor'
  | 'covered_minor'
  | 'settlement_id'
> & {
  gateway: PaidThrough;
  method: PaidBy;
  donation_status: DonationStatus;
  /** What counts of the gift, were it paid. */
  donation_left_minor: bigint;
  hidden_at: Date | null;
  user_id: string | null;
  public_name: string | null;
  message: string | null;
  message_status: MessageStatus | null;
  message_reasons: string[] | null;
  goal_minor: bigint;
  campaign_slug: string;
  campaign_title: string;
};

export type NewPayment = {
  id: string;
  donationId: string;
  campaignId: string;
  gateway: GatewayName;
  method: Method;
  reference: string;
  giftMinor: bigint;
  tipMinor: bigint;
  expiresAt: Date;
  status: 'created' | 'failed';
};

export type NewEvidence = {
  paymentId: string;
  address: string;
  network: string;
  device: string | null;
  emailNormalised: string | null;
  formElapsedMs: number | null;
  decision: string;
  reasons: string[];
};

/** Attempts due at `now`: over, or called paid, before `before`, and not asked about since `askedBefore`. */
type Due = { now: Date; before: Date; askedBefore: Date; limit: number };

export type Move = {
  id: string;
  was: PaymentStatus;
  status: PaymentStatus;
  transactionId: string | null;
  at: Date;
};

const lock = prepared('payments/lock.sql');
const move = prepared('payments/move.sql');
const giveBack = prepared('payments/give-back.sql');
const insert = sql('payments/insert.sql');
const insertEvidence = sql('payments/insert-evidence.sql');
const opened = sql('payments/opened.sql');
const latestOf = sql('payments/latest-of.sql');
const paidOf = sql('payments/paid-of.sql');
const byReference = sql('payments/by-reference.sql');
const countOf = sql('payments/count-of.sql');
const recentAttempts = sql('payments/recent-attempts.sql');
const takeOverdue = sql('payments/take-overdue.sql');
const takeUnanswered = sql('payments/take-unanswered.sql');

export const payments = (q: IBaseProtocol<unknown>) => ({
  /** Locks the attempts under these references together with their donations. */
  lock: (keys: { gateway: string; reference: string }[]) =>
    q.any<LockedPayment>(lock([keys.map((k) => k.gateway), keys.map((k) => k.reference)])),

  /** Ids of the attempts that really changed: each must still stand where its move says it was. */
  async move(moves: Move[]): Promise<Set<string>> {
    if (moves.length === 0) return new Set();
    const rows = await q.any<{ id: string }>(
      move([
        moves.map((m) => m.id),
        moves.map((m) => m.was),
        moves.map((m) => m.status),
        moves.map((m) => m.transactionId),
        moves.map((m) => m.at),
      ]),
    );
    return new Set(rows.map((row) => row.id));
  },

  /** Counts what went back, or below zero what came again; one row per payment. */
  giveBack: (
    rows: { id: string; giftMinor: bigint; tipMinor: bigint; coverMinor: bigint; reversedAt: Date | null }[],
  ) =>
    q.none(
      giveBack([
        rows.map((r) => r.id),
        rows.map((r) => r.giftMinor),
        rows.map((r) => r.tipMinor),
        rows.map((r) => r.coverMinor),
        rows.map((r) => r.reversedAt),
      ]),
    ),

  insert: (payment: NewPayment) => q.one<PaymentRow>(insert, payment),
  insertEvidence: (evidence: NewEvidence) => q.none(insertEvidence, evidence),
  opened: (opening: { id: string; redirectUrl: string; expiresAt: Date }) =>
    q.one<PaymentRow>(opened, opening),
  latestOf: (donationId: string) => q.oneOrNone<PaymentRow>(latestOf, { donationId }),
  /** Keys of a donation's attempts that were paid. */
  paidOf: (donationId: string) => q.any<{ gateway: string; reference: string }>(paidOf, { donationId }),
  byReference: (key: { gateway: string; reference: string }) => q.oneOrNone<PaymentRow>(byReference, key),
  countOf: async (donationId: string) => (await q.one<{ n: number }>(countOf, { donationId })).n,
  recentAttempts: (of: { network: string; emailNormalised: string | null; since: Date }) =>
    q.one<{ of_network: number; of_email: number }>(recentAttempts, of),
  takeOverdue: (due: Due) => q.any<PaymentRow>(takeOverdue, due),
  takeUnanswered: (due: Due) => q.any<PaymentRow>(takeUnanswered, due),
});
