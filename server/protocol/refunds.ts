import type { Method } from './methods.ts';
import type { Money } from './money.ts';

export const REFUND_STATUSES = ['requested', 'done', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];
export const DISPUTE_KINDS = ['chargeback', 'reversal'] as const;
export type DisputeKind = (typeof DISPUTE_KINDS)[number];
export const DISPUTE_STATUSES = ['lost', 'won'] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

/** Names the gift's and the tip's part. `byTransfer`: finance paid it back by hand, where the gateway cannot. */
export type RefundRequest = {
  gift: Money;
  tip?: Money;
  reason: string;
  byTransfer?: { bankReference: string };
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
  madeAt: 'platform' | 'gateway' | 'transfer';
  gateway: string;
  method: Method;
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
