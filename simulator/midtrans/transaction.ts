import type { Subject } from '../teller.ts';
import type { Method } from './methods.ts';

export type Status =
  | 'pending'
  | 'authorize'
  | 'capture'
  | 'settlement'
  | 'deny'
  | 'cancel'
  | 'expire'
  | 'failure'
  | 'refund'
  | 'partial_refund'
  | 'chargeback'
  | 'partial_chargeback';

/** The table of docs.midtrans.com, "Transaction status". A settlement denied later is money never received. */
const NEXT: Record<Status, readonly Status[]> = {
  pending: ['settlement', 'expire', 'cancel', 'deny'],
  authorize: ['capture', 'deny', 'cancel', 'expire'],
  // deny: what the fraud check had left open and the merchant refused.
  capture: ['settlement', 'cancel', 'deny'],
  settlement: ['refund', 'partial_refund', 'chargeback', 'partial_chargeback', 'deny'],
  partial_refund: ['refund', 'partial_refund'],
  partial_chargeback: ['chargeback'],
  deny: [],
  cancel: [],
  expire: [],
  failure: [],
  refund: [],
  chargeback: [],
};

/** What the merchant asked for. */
export type Order = {
  orderId: string;
  amount: number;
  items: { name: string; quantity: number }[];
  enabled: Method[];
  /** When the payment ends: so long after `startAt`, or after the method was chosen. */
  expiry?: { startAt?: number; durationMs: number };
  finishUrl?: string;
  notifyUrls: string[];
  customFields: Record<string, string>;
};

/** A Snap token and the page behind it. */
export type Session = { token: string; order: Order; createdAt: number; expiresAt: number };

export type Refund = {
  id: number;
  uuid: string;
  /** What a bank took back has none. */
  key?: string;
  amount: number;
  reason?: string;
  method: 'online' | 'offline';
  createdAt: number;
  confirmedAt?: number;
};

export type Transaction = Subject & {
  transactionId: string;
  order: Order;
  method: Method;
  paymentType: string;
  details: Record<string, unknown>;
  grossAmount: number;
  /** Laid on the customer by the scenario fee-imposition. */
  fee: number;
  status: Status;
  fraudStatus: 'accept' | 'challenge' | 'deny';
  createdAt: number;
  expiresAt: number;
  settledAt?: number;
  refunds: Refund[];
  disordered: boolean;
  stopExpiry(): void;
};

/** Whether the transaction may take this status. A card's 3DS payment is captured from pending, beside the table. */
export function mayBecome(transaction: Transaction, to: Status): boolean {
  if (transaction.method.face === 'card' && transaction.status === 'pending' && to === 'capture') return true;
  return NEXT[transaction.status].includes(to);
}

/** Rupiah refunded so far. */
export const refunded = (transaction: Transaction): number =>
  transaction.refunds.reduce((sum, refund) => sum + refund.amount, 0);
