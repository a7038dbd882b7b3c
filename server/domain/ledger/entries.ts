import {
  BANK,
  CASH,
  campaignPayable,
  campaignReceivable,
  DISPUTE_FEE,
  gatewayBalance,
  gatewayClearing,
  PLATFORM_FEE_INCOME,
  payoutPending,
  REFUND_COVER,
  suspense,
  TIP_INCOME,
} from './chart.ts';
import { type Journal, type Posting, posting } from './post.ts';
import { least, type Purse } from './purse.ts';

export type Paid = {
  paymentId: string;
  donationId: string;
  campaignId: string;
  gateway: string;
  giftMinor: bigint;
  tipMinor: bigint;
  currency: string;
  paidAt: Date;
};

/** A gift is paid: the gateway owes us all of it; the gift is owed to the campaign, the tip is ours. */
export const captureOf = (paid: Paid): Journal =>
  paidJournal('capture', paid.paymentId, paid, (posting) => [
    posting(gatewayClearing(paid.gateway), 'D', paid.giftMinor + paid.tipMinor),
    posting(campaignPayable(paid.campaignId), 'C', paid.giftMinor),
    posting(TIP_INCOME, 'C', paid.tipMinor),
  ]);

/** Real money that answers no open gift (a donation paid twice): owed to nobody known until a person decides. */
export const suspenseOf = (paid: Paid): Journal =>
  paidJournal('suspense', paid.paymentId, paid, (posting) => [
    posting(gatewayClearing(paid.gateway), 'D', paid.giftMinor + paid.tipMinor),
    posting(suspense(paid.gateway), 'C', paid.giftMinor + paid.tipMinor),
  ]);

/** A gift that came past every gateway. */
export const offlineOf = (paid: Omit<Paid, 'gateway'>, way: 'bank_transfer' | 'cash'): Journal =>
  paidJournal('offline', paid.donationId, paid, (posting) => [
    posting(way === 'cash' ? CASH : BANK, 'D', paid.giftMinor + paid.tipMinor),
    posting(campaignPayable(paid.campaignId), 'C', paid.giftMinor),
    posting(TIP_INCOME, 'C', paid.tipMinor),
  ]);

type PostingFor = (account: string, side: 'D' | 'C', amountMinor: bigint) => Posting;

const paidJournal = (
  kind: string,
  key: string,
  paid: Omit<Paid, 'gateway'>,
  postings: (posting: PostingFor) => Posting[],
): Journal => ({
  kind,
  clientKey: `${kind}:${key}`,
  effectiveAt: paid.paidAt,
  currency: paid.currency,
  private: { donation: paid.donationId },
  postings: postings(postingFor(paid.paymentId)),
});

/** Money that leaves a payment again. `coverMinor` of the gift's part is the platform's to bear. */
export type GivenBack = {
  /** Of the refund or the dispute. */
  id: string;
  kind: 'refund' | 'chargeback' | 'reversal';
  paymentId: string;
  donationId: string;
  campaignId: string;
  gateway: string;
  currency: string;
  giftMinor: bigint;
  tipMinor: bigint;
  coverMinor: bigint;
  at: Date;
  /** The account that paid; the gateway's clearing unless it was paid by hand. */
  paidFrom?: string | undefined;
};

/**
 * Given back, taken back, or never received: the gateway owes us less. It is a fact there, so the campaign's part is taken
 * from what it has and, beyond that, is owed by it.
 */
export const givenBackOf = (back: GivenBack, purse: Purse): Journal =>
  backJournal(back.kind, back, (posting) => [
    ...bear(purse, back.giftMinor - back.coverMinor, back.paymentId),
    posting(REFUND_COVER, 'D', back.coverMinor),
    posting(TIP_INCOME, 'D', back.tipMinor),
    posting(back.paidFrom ?? gatewayClearing(back.gateway), 'C', back.giftMinor + back.tipMinor),
  ]);

/**
 * A cover may be more than the gift that brings it: where the fee was, or where a refund of the tip alone follows a
 * chargeback of the gift. Then the campaign has that fee again.
 */
const bear = (purse: Purse, amountMinor: bigint, paymentId: string): Posting[] =>
  amountMinor < 0n ? purse.give(-amountMinor, paymentId) : purse.take(amountMinor, paymentId);

/** The same of money that stood in suspense: no campaign ever had it. */
export const suspenseGivenBackOf = (back: GivenBack): Journal =>
  backJournal(back.kind, back, (posting) => [
    posting(suspense(back.gateway), 'D', back.giftMinor + back.tipMinor),
    posting(back.paidFrom ?? gatewayClearing(back.gateway), 'C', back.giftMinor + back.tipMinor),
  ]);

/** A chargeback that was won: the reverse of its journal, of which a debt is paid before the campaign has it again. */
export const chargebackWonOf = (back: GivenBack, purse: Purse): Journal =>
  backJournal('chargeback_won', back, (posting) => [
    posting(gatewayClearing(back.gateway), 'D', back.giftMinor + back.tipMinor),
    ...purse.give(back.giftMinor, back.paymentId),
    posting(TIP_INCOME, 'C', back.tipMinor),
  ]);

/** A chargeback of money in suspense that was won: it stands there again. */
export const suspenseWonOf = (back: GivenBack): Journal =>
  backJournal('chargeback_won', back, (posting) => [
    posting(gatewayClearing(back.gateway), 'D', back.giftMinor + back.tipMinor),
    posting(suspense(back.gateway), 'C', back.giftMinor + back.tipMinor),
  ]);

/**
 * Money of a refund that came back to us after it had left: it is the campaign's again, or stands in suspense again. `to` is
 * the account that had paid it.
 */
export const refundReturnedOf = (back: GivenBack, to: string, purse: Purse | null): Journal =>
  backJournal('refund_returned', back, (posting) => [
    posting(to, 'D', back.giftMinor + back.tipMinor),
    ...(purse
      ? [...purse.give(back.giftMinor, back.paymentId), posting(TIP_INCOME, 'C', back.tipMinor)]
      : [posting(suspense(back.gateway), 'C', back.giftMinor + back.tipMinor)]),
  ]);

const backJournal = (
  kind: string,
  back: GivenBack,
  postings: (posting: PostingFor) => Posting[],
): Journal => ({
  kind,
  clientKey: `${kind}:${back.id}`,
  effectiveAt: back.at,
  currency: back.currency,
  private: { donation: back.donationId },
  postings: postings(postingFor(back.paymentId)),
});

/**
 * What a campaign has pays what it owes, as far as it reaches: no journal where there is nothing to repay. `id` makes the key:
 * one repayment of a campaign for one deed.
 */
export function repaymentsOf(of: {
  id: string;
  campaignId: string;
  payableMinor: bigint;
  receivableMinor: bigint;
  at: Date;
}): Journal[] {
  const amountMinor = least(of.payableMinor, of.receivableMinor);
  if (amountMinor === 0n) return [];
  return [
    {
      kind: 'repayment',
      clientKey: `repayment:${of.id}`,
      effectiveAt: of.at,
      currency: 'IDR',
      postings: [
        posting(campaignPayable(of.campaignId), 'D', amountMinor),
        posting(campaignReceivable(of.campaignId), 'C', amountMinor),
      ],
    },
  ];
}

/** One payment in a settlement. Amounts may be below zero where the gateway keeps back what was given back. */
export type SettledPayment = { paymentId: string; outstandingMinor: bigint };

/** The first step of a settlement: the gateway owes us by a day's balance what it owed us by payments. */
export const settlementOf = (of: {
  id: string;
  gateway: string;
  at: Date;
  /** What is left of each payment in clearing once its fee is booked. */
  payments: SettledPayment[];
}): Journal => {
  const net = of.payments.reduce((sum, one) => sum + one.outstandingMinor, 0n);
  return {
    kind: 'settlement',
    clientKey: `settlement:${of.id}`,
    effectiveAt: of.at,
    currency: 'IDR',
    postings: [
      signed(gatewayBalance(of.gateway), net, null),
      ...of.payments.map((one) => signed(gatewayClearing(of.gateway), -one.outstandingMinor, one.paymentId)),
    ],
  };
};

/** What the gateway kept of one payment, fee and VAT together; `coverMinor` of it is the platform's to bear. */
export type Fee = { paymentId: string; campaignId: string; feeMinor: bigint; coverMinor: bigint };

/** Fees are a fact at the gateway: a campaign that no longer has them owes them. */
export const feesOf = (
  of: { id: string; gateway: string; at: Date; fees: Fee[] },
  purseOf: (campaignId: string) => Purse,
): Journal => ({
  kind: 'fee',
  clientKey: `fee:${of.id}`,
  effectiveAt: of.at,
  currency: 'IDR',
  postings: [
    ...[...borneBy(of.fees)].flatMap(([campaignId, feeMinor]) => purseOf(campaignId).take(feeMinor, null)),
    ...of.fees.flatMap(({ paymentId, feeMinor, coverMinor }) => [
      posting(REFUND_COVER, 'D', coverMinor, paymentId),
      posting(gatewayClearing(of.gateway), 'C', feeMinor, paymentId),
    ]),
  ],
});

/** One posting for each campaign: its accounts are locked while the database looks at each posting. */
function borneBy(fees: Fee[]): Map<string, bigint> {
  const borne = new Map<string, bigint>();
  for (const { campaignId, feeMinor, coverMinor } of fees) {
    borne.set(campaignId, (borne.get(campaignId) ?? 0n) + feeMinor - coverMinor);
  }
  return borne;
}

/** What the platform keeps of settled gifts. */
export const platformFeesOf = (
  of: { id: string; at: Date; fees: { campaignId: string; feeMinor: bigint }[] },
  purseOf: (campaignId: string) => Purse,
): Journal => ({
  kind: 'platform_fee',
  clientKey: `platform_fee:${of.id}`,
  effectiveAt: of.at,
  currency: 'IDR',
  postings: of.fees.flatMap(({ campaignId, feeMinor }) => [
    ...purseOf(campaignId).take(feeMinor, null),
    posting(PLATFORM_FEE_INCOME, 'C', feeMinor),
  ]),
});

/** The second step: the gateway's balance came to our bank. */
export const arrivalOf = (of: { id: string; gateway: string; amountMinor: bigint; at: Date }): Journal => ({
  kind: 'arrival',
  clientKey: `arrival:${of.id}`,
  effectiveAt: of.at,
  currency: 'IDR',
  postings: [signed(BANK, of.amountMinor, null), signed(gatewayBalance(of.gateway), -of.amountMinor, null)],
});

/** What a bank or a gateway asks for handling a dispute: the platform's to bear. */
export const disputeFeeOf = (of: {
  id: string;
  gateway: string;
  paymentId: string;
  amountMinor: bigint;
  at: Date;
}): Journal => ({
  kind: 'dispute_fee',
  clientKey: `dispute_fee:${of.id}`,
  effectiveAt: of.at,
  currency: 'IDR',
  postings: [
    posting(DISPUTE_FEE, 'D', of.amountMinor, of.paymentId),
    posting(gatewayBalance(of.gateway), 'C', of.amountMinor, of.paymentId),
  ],
});

/** A payout, from asking to its end. `from` is the account that pays. */
export type PayoutEntry = { id: string; campaignId: string; amountMinor: bigint; at: Date };

export const payoutRequestedOf = (of: PayoutEntry): Journal =>
  payoutJournal('payout_requested', of, campaignPayable(of.campaignId), payoutPending(of.campaignId));

/** Rejected by us or failed at the bank: the campaign has it again. */
export const payoutReturnedOf = (of: PayoutEntry): Journal =>
  payoutJournal('payout_returned', of, payoutPending(of.campaignId), campaignPayable(of.campaignId));

export const payoutConfirmedOf = (of: PayoutEntry, from: string): Journal =>
  payoutJournal('payout_confirmed', of, payoutPending(of.campaignId), from);

/** Came back after it had been confirmed. */
export const payoutReversedOf = (of: PayoutEntry, to: string): Journal =>
  payoutJournal('payout_reversed', of, to, campaignPayable(of.campaignId));

const payoutJournal = (kind: string, of: PayoutEntry, debit: string, credit: string): Journal => ({
  kind,
  clientKey: `${kind}:${of.id}`,
  effectiveAt: of.at,
  currency: 'IDR',
  postings: [posting(debit, 'D', of.amountMinor), posting(credit, 'C', of.amountMinor)],
});

/** The reverse of a journal that should not have been booked. Not for what a purse paid: see `feesCorrectedOf`. */
export const correctionOf = (wrong: Journal, at: Date): Journal => ({
  ...correction(wrong.clientKey, at),
  postings: wrong.postings.map((one) => ({ ...one, side: one.side === 'D' ? 'C' : 'D' })),
});

/**
 * Fees of a settlement that should not have been booked. Not line by line: what was owed for them may be repaid since, and
 * what of them is covered may have grown with later refunds. `coverMinor` is what the platform bore of it until now.
 */
export const feesCorrectedOf = (
  of: { id: string; gateway: string; at: Date; fees: Fee[] },
  purseOf: (campaignId: string) => Purse,
): Journal => ({
  ...correction(`fee:${of.id}`, of.at),
  postings: [
    ...of.fees.flatMap(({ paymentId, feeMinor, coverMinor }) => [
      posting(gatewayClearing(of.gateway), 'D', feeMinor, paymentId),
      posting(REFUND_COVER, 'C', coverMinor, paymentId),
    ]),
    ...[...borneBy(of.fees)].flatMap(([campaignId, feeMinor]) => purseOf(campaignId).give(feeMinor, null)),
  ],
});

export const platformFeesCorrectedOf = (
  of: { id: string; at: Date; fees: { campaignId: string; feeMinor: bigint }[] },
  purseOf: (campaignId: string) => Purse,
): Journal => ({
  ...correction(`platform_fee:${of.id}`, of.at),
  postings: of.fees.flatMap(({ campaignId, feeMinor }) => [
    posting(PLATFORM_FEE_INCOME, 'D', feeMinor),
    ...purseOf(campaignId).give(feeMinor, null),
  ]),
});

const correction = (clientKey: string, at: Date) => ({
  kind: 'correction',
  clientKey: `correction:${clientKey}`,
  effectiveAt: at,
  currency: 'IDR',
});

/**
 * Which part of a fee the platform bears: that of the gift which went back, counted over all that ever did. What it bears
 * already it keeps, also where a chargeback was won since.
 */
export const coverOf = (of: {
  feeMinor: bigint;
  giftMinor: bigint;
  returnedMinor: bigint;
  coveredMinor: bigint;
}): bigint => {
  const more = (of.feeMinor * of.returnedMinor) / of.giftMinor - of.coveredMinor;
  return more > 0n ? more : 0n;
};

const postingFor =
  (paymentId: string): PostingFor =>
  (account, side, amountMinor) =>
    posting(account, side, amountMinor, paymentId);

/** A debit, or below zero a credit. */
const signed = (account: string, amountMinor: bigint, paymentId: string | null): Posting =>
  amountMinor >= 0n
    ? posting(account, 'D', amountMinor, paymentId)
    : posting(account, 'C', -amountMinor, paymentId);
