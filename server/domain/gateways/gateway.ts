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

/**
 * One thing a gateway told us. A `payment` is booked; other kinds are kept for a person until their books exist.
 * `dedupeKey` is equal for every delivery of the same news.
 */
export type Notice = { gateway: GatewayName; dedupeKey: string; rawBody: Buffer } & (
  | { kind: 'payment'; word: PaymentWord }
  | { kind: 'refund' | 'dispute' | 'reversal' | 'other'; reference: string | null; detail: string }
);

export type Outcome = 'booked' | 'noted' | 'ignored' | 'quarantined' | 'failed' | 'duplicate';

export type Gateway = {
  name: GatewayName;
  methods: readonly Method[];
  /** Throws GatewayFault. After a fault that may have reached the gateway, asking again with the same reference is safe. */
  create(order: Order): Promise<Checkout>;
  /** Null while the gateway knows no such payment (the donor has chosen nothing yet). */
  status(payment: Known): Promise<PaymentWord | null>;
  /** Ends what may still be paid; one that has come to another end is left as it is. */
  expire(payment: Known): Promise<void>;
  cancel(payment: Known): Promise<void>;
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
