import type { Money } from './money.ts';

export const OFFLINE_STATUSES = ['entered', 'approved', 'rejected'] as const;
export type OfflineStatus = (typeof OFFLINE_STATUSES)[number];
/** How a gift came that passed no gateway. */
export const OFFLINE_WAYS = ['bank_transfer', 'cash'] as const;
export type OfflineWay = (typeof OFFLINE_WAYS)[number];
export const PROOF_MAX = 200;
/** A gift past the gateways is not bound by what a virtual account may carry. */
export const OFFLINE_MAX = 10_000_000_000;

export type OfflineRequest = {
  gift: Money;
  tip?: Money;
  way: OfflineWay;
  receivedOn: string;
  /** Where the proof is found: a bank statement's line, a cash receipt's number. */
  proof: string;
  donor?: { name?: string; anonymous?: boolean };
};
export type OfflineView = {
  donationId: string;
  campaignId: string;
  campaignTitle: string;
  gift: Money;
  tip: Money;
  way: OfflineWay;
  receivedOn: string;
  proof: string;
  status: OfflineStatus;
  enteredAt: string;
  decidedAt: string | null;
  note: string;
};
export type OfflinePage = { items: OfflineView[]; nextCursor: string | null };
export type OfflineQuery = { status?: OfflineStatus; cursor?: string; limit: number };
export type OfflineApproval = { note?: string };
export type OfflineRejection = { note: string };
