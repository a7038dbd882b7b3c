import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayName, PaymentStatus } from '../../protocol/donations.ts';
import type { Method } from '../../protocol/methods.ts';

/** What a donor is asked to pay. `reference` is our order number there: unique for ever, 10-30 of [A-Z0-9]. */
export type Order = {
  reference: string;
  giftMinor: bigint;
  tipMinor: bigint;
  currency: 'IDR';
  method: Method;
  campaignTitle: string;
  donorName: string | null;
  donorEmail: string | null;
  /** Where the gateway sends the browser afterwards; proves nothing. */
  finishUrl: string;
  expiresAt: Date;
};

/** A payment as the gateway may know it: by our order number, or only by its own (DANA at Midtrans). */
export type Known = { reference: string; transactionId: string | null };

export type Checkout = { redirectUrl: string; expiresAt: Date };

/** What a gateway says of one payment, in our words. Amounts in minor units. */
export type PaymentWord = {
  reference: string;
  status: PaymentStatus;
  amountMinor: bigint;
  currency: string;
  transactionId: string | null;
  at: Date;
  /** True when we asked and this is the answer; a pushed word that contradicts what we know is asked about first. */
  confirmed?: boolean;
};

/** What a gateway gave back on one payment: all of it so far, so that a later word repeats the earlier ones. */
export type RefundWord = {
  reference: string;
  /** `key` is the one we sent with the refund; one that was made at the gateway has its own there. */
  refunds: { key: string; amountMinor: bigint; at: Date }[];
};

/** Money that the payer's bank took back, all of it so far. `amountMinor` is null for the whole payment. */
export type DisputeWord = { reference: string; key: string; amountMinor: bigint | null; at: Date };

/** One thing that a gateway says of a payment. A refund or a dispute says, before itself, that the payment was paid. */
export type Word =
  | { kind: 'payment'; word: PaymentWord }
  | { kind: 'refund'; word: RefundWord }
  | { kind: 'dispute'; word: DisputeWord };

/** What a payout gateway says of one payout. `key` is ours where it repeats it. */
export type PayoutWord = {
  gatewayReference: string;
  key: string | null;
  status: 'queued' | 'approved' | 'processed' | 'completed' | 'failed' | 'rejected';
  amountMinor: bigint;
  at: Date;
  reason: string | null;
};

/**
 * One thing a gateway told us. `dedupeKey` is equal for every delivery of the same news. What we cannot read for certain
 * is 'other' and waits for a person.
 */
export type Notice = { gateway: string; dedupeKey: string; rawBody: Buffer } & (
  | Word
  | { kind: 'payout'; word: PayoutWord }
  | { kind: 'other'; reference: string | null; detail: string }
);

/** The number under which a gateway speaks of something; null where it names none. */
export function referenceOf(notice: Notice): string | null {
  switch (notice.kind) {
    case 'payout':
      return notice.word.gatewayReference;
    case 'other':
      return notice.reference;
    default:
      return notice.word.reference;
  }
}

/** A notice as the inbox keeps it. */
export const inboxRowOf = (notice: Notice) => ({
  gateway: notice.gateway,
  dedupeKey: notice.dedupeKey,
  reference: referenceOf(notice),
  kind: notice.kind,
  rawBody: notice.rawBody,
});

export type Outcome = 'booked' | 'noted' | 'ignored' | 'quarantined' | 'failed' | 'duplicate';

export type Gateway = {
  name: GatewayName;
  methods: readonly Method[];
  /** Throws GatewayFault. After a fault that may have reached the gateway, asking again with the same reference is safe. */
  create(order: Order): Promise<Checkout>;
  /** All that is to be said of it, the payment first; empty while the gateway knows no such payment. */
  status(payment: Known): Promise<Word[]>;
  /** Ends what may still be paid; one that has come to another end is left as it is. */
  expire(payment: Known): Promise<void>;
  cancel(payment: Known): Promise<void>;
  /** What may be given back through the gateway; other methods are paid back by hand. */
  refunds: Readonly<Partial<Record<Method, 'any part' | 'all or nothing'>>>;
  /**
   * Gives back part of what was paid. Asking again under the same key gives it back once. Throws GatewayFault; where that
   * says `maybeDone`, `status` tells.
   */
  refund(payment: Known, refund: { key: string; amountMinor: bigint; reason: string }): Promise<void>;
  /** Throws Refusal when the message is not the gateway's. */
  read(request: { rawBody: Buffer; headers: IncomingHttpHeaders; path: string }): Notice[];
  acknowledge(outcomes: Outcome[]): { status: number; body: string };
};

/**
 * Pays out to bank accounts. A payout is first entered and then approved: money moves on approval alone, and only what
 * stands under `gatewayReference` can be approved, so that a lost answer to `create` costs nothing.
 */
export type PayoutGateway = {
  name: string;
  /** Banks that can be paid, by their code here (`bca`). */
  banks(): Promise<{ code: string; name: string }[]>;
  /** Whose account it is, as the bank writes it; null if there is none. */
  holderOf(account: { bank: string; number: string }): Promise<string | null>;
  /** `key` is ours; entering again under the same key is answered with the same reference. */
  create(payout: {
    key: string;
    bank: string;
    number: string;
    holder: string;
    amountMinor: bigint;
  }): Promise<{ gatewayReference: string }>;
  approve(gatewayReference: string): Promise<void>;
  reject(gatewayReference: string, reason: string): Promise<void>;
  status(gatewayReference: string): Promise<PayoutWord | null>;
  /** Throws Refusal when the message is not the gateway's. */
  read(request: { rawBody: Buffer; headers: IncomingHttpHeaders; path: string }): Notice[];
  acknowledge(outcomes: Outcome[]): { status: number; body: string };
};

/** The gateway did not do what it was asked. `maybeDone` where it may have happened all the same (time-out, 5xx). */
export class GatewayFault extends Error {
  readonly maybeDone: boolean;
  readonly status: number | null;
  constructor(message: string, { maybeDone, status = null }: { maybeDone: boolean; status?: number | null }) {
    super(message);
    this.name = 'GatewayFault';
    this.maybeDone = maybeDone;
    this.status = status;
  }
}
