import type { DonationStatus, PaidBy, PaymentStatus } from './donations.ts';
import type { Money } from './money.ts';
import type { AccountRequest } from './payouts.ts';

export const REFUND_STATUSES = ['requested', 'done', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];
/** Asked for here, made at the gateway, paid by hand, or paid out through the gateway to the donor's bank account. */
export const REFUND_WAYS = ['platform', 'gateway', 'transfer', 'payout'] as const;
export type MadeAt = (typeof REFUND_WAYS)[number];
export const DISPUTE_KINDS = ['chargeback', 'reversal'] as const;
export type DisputeKind = (typeof DISPUTE_KINDS)[number];
export const DISPUTE_STATUSES = ['lost', 'won'] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

/**
 * Names the gift's and the tip's part. Where the gateway cannot give it back: `byPayout` names the donor's account, and
 * the money is paid out once a second person has approved; `byTransfer`: finance paid it back by hand.
 */
export type RefundRequest = {
  gift: Money;
  tip?: Money;
  reason: string;
  /** Which payment, where a donation was paid more than once. */
  paymentId?: string;
  byTransfer?: { bankReference: string };
  byPayout?: AccountRequest;
};
/** For finance: no name, no address. */
export type RefundView = {
  id: string;
  donationId: string;
  campaignId: string;
  gift: Money;
  tip: Money;
  reason: string;
  status: RefundStatus;
  madeAt: MadeAt;
  gateway: string;
  method: PaidBy;
  reference: string;
  requestedAt: string;
  endedAt: string | null;
  failure: string | null;
};
export type DisputeView = {
  id: string;
  donationId: string;
  campaignId: string;
  kind: DisputeKind;
  status: DisputeStatus;
  gift: Money;
  tip: Money;
  gateway: string;
  reference: string;
  at: string;
  wonAt: string | null;
};
/** The gateway's or the bank's word that a chargeback was won, and where it stands. */
export type DisputeWonRequest = { note: string };
export type DisputeFeeRequest = { amount: Money };
export type RefundPage = { items: RefundView[]; nextCursor: string | null };
export type DisputePage = { items: DisputeView[]; nextCursor: string | null };

/** A gift as finance sees it: what was paid, what of it can go back, and how. No name, no address. */
export type PaidGiftView = {
  id: string;
  campaign: { id: string; slug: string; title: string };
  status: DonationStatus;
  gift: Money;
  tip: Money;
  returned: Money;
  paidAt: string | null;
  payments: {
    id: string;
    gateway: string;
    method: PaidBy;
    reference: string;
    status: PaymentStatus;
    amount: Money;
    returnedGift: Money;
    returnedTip: Money;
    refundable: 'any part' | 'all or nothing' | 'by transfer';
    settled: boolean;
    /** It answers no gift: paid twice. */
    suspense: boolean;
  }[];
};
export type PaidGiftQuery = { id?: string; reference?: string };
export type RefundListQuery = { status?: RefundStatus; cursor?: string; limit: number };
