import type { GatewayName } from './donations.ts';
import type { Method } from './methods.ts';
import type { Money } from './money.ts';

export const SETTLEMENT_STATUSES = ['entered', 'arrived', 'corrected'] as const;
export type SettlementStatus = (typeof SETTLEMENT_STATUSES)[number];

/** Most payments in one settlement: a day of a busy gateway. */
export const REFERENCES_MAX = 5_000;
/** Bounds of what a settlement may be about, in rupiah: far beyond any day, far below what a double cannot hold. */
export const SETTLED_MAX = 1_000_000_000_000;

/** What finance reads off a gateway's report. `amount` is what it will pay us: below zero where it gave back more. */
export type SettlementRequest = {
  gateway: GatewayName;
  /** The report's own number, once per gateway. */
  bankReference: string;
  settledOn: string;
  fee: Money;
  vat: Money;
  references: string[];
  amount: Money;
};
export type ArrivalRequest = { bankReference: string; arrivedOn: string };
export type CorrectionRequest = { reason: string };

/** `gross` is what the payments had outstanding, `net` what is left of it without fee and VAT. */
export type SettlementView = {
  id: string;
  gateway: GatewayName;
  bankReference: string;
  settledOn: string;
  gross: Money;
  fee: Money;
  vat: Money;
  net: Money;
  payments: number;
  status: SettlementStatus;
  enteredAt: string;
  arrivedOn: string | null;
  correctedAt: string | null;
};
export type SettlementPage = { items: SettlementView[]; nextCursor: string | null };

/** A payment of which the gateway owes us something, or, below zero, has something to keep back. */
export type UnsettledPayment = {
  paymentId: string;
  reference: string;
  method: Method;
  paidAt: string;
  outstanding: Money;
};
export type UnsettledPage = { items: UnsettledPayment[]; nextCursor: string | null };
export type UnsettledQuery = { gateway: GatewayName; from?: string; cursor?: string; limit: number };

/** Money that answers no open gift, with the whole days for which it has waited. */
export type SuspenseItem = {
  paymentId: string;
  donationId: string;
  reference: string;
  gateway: GatewayName;
  amount: Money;
  since: string;
  days: number;
};
export type SuspensePage = { items: SuspenseItem[]; nextCursor: string | null };

/** What waits for finance, by kind. */
export type FinanceOverview = {
  counts: {
    payoutsRequested: number;
    payoutsUnderWay: number;
    refundsRequested: number;
    offlineEntered: number;
    quarantined: number;
    suspense: number;
    brokenChecks: number;
  };
};
/** Of lists that are paged by an opaque cursor. */
export type PageQuery = { cursor?: string; limit: number };
/** Days in UTC, both inclusive. */
export type LedgerExportQuery = { from?: string; to?: string };
