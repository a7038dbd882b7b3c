import { v7 as uuidv7 } from 'uuid';
import type { LockedPayment, Move } from '../../db/payments.ts';
import type { RefundRow } from '../../db/refunds.ts';
import type { PaymentStatus } from '../../protocol/donations.ts';
import type { DisputeWord, Notice, Outcome, PaymentWord, RefundWord } from '../gateways/gateway.ts';
import { least } from '../ledger/purse.ts';

/** `paymentId` of the attempt that a booked notice calls paid or ended. */
export type Decision = { outcome: Outcome; detail: string | null; paymentId?: string };

/** Money that leaves a payment again, as one notice says it. */
export type Giving = {
  payment: LockedPayment;
  kind: 'refund' | 'chargeback' | 'reversal';
  /** Of the refund that was asked for here, or of the new row. */
  id: string;
  /** The gateway's key of a refund that was made there; null for what has a row or needs none. */
  newKey: string | null;
  /** True where the campaign's money was set aside when the refund was asked for. */
  reserved: boolean;
  giftMinor: bigint;
  tipMinor: bigint;
  at: Date;
  /** The account that paid it, where it was paid by hand. */
  paidFrom?: string;
};

/** What a batch knows before it decides, and what it has decided so far. */
export type Standing = {
  /** Locked attempts by `gateway reference`. */
  byKey: ReadonlyMap<string, LockedPayment>;
  /** Refunds that are known, by `payment key`. */
  refunds: ReadonlyMap<string, RefundRow>;
  /** What banks took back before, by payment. */
  taken: Map<string, bigint>;
  moves: Map<string, Move>;
  givings: Giving[];
};

export const ENDED: ReadonlySet<PaymentStatus> = new Set(['failed', 'expired', 'cancelled']);
const RANK: Record<PaymentStatus, number> = {
  created: 0,
  pending: 1,
  authorized: 2,
  failed: 3,
  expired: 3,
  cancelled: 3,
  paid: 4,
};

/**
 * What one notice does to its attempt, as it stands after the notices before it in the same batch. Notices come
 * doubled and in any order: news of a lower rank than what is known is kept and ignored; what contradicts it is
 * asked about or put before a person, never simply believed. What is decided to be booked is added to `standing`.
 */
export function decide(notice: Notice, standing: Standing): Decision {
  switch (notice.kind) {
    case 'payment':
      return decidePayment(notice.gateway, notice.word, standing);
    case 'refund':
      return decideRefund(notice.gateway, notice.word, standing);
    case 'dispute':
      return decideDispute(notice.gateway, notice.word, standing);
    case 'payout':
      return quarantined('speaks of a payout where gifts are booked');
    case 'other':
      return quarantined(`other: ${notice.detail}`);
  }
}

function decidePayment(gateway: string, word: PaymentWord, standing: Standing): Decision {
  const { byKey, moves, givings } = standing;
  const payment = byKey.get(`${gateway} ${word.reference}`);
  if (!payment) return quarantined('no payment has this reference');
  if (word.currency !== payment.currency || word.amountMinor !== payment.amount_minor) {
    const said = `${word.currency} ${word.amountMinor}`;
    return quarantined(`says ${said}, asked were ${payment.currency} ${payment.amount_minor}`);
  }
  const known = moves.get(payment.id)?.status ?? payment.status;
  const detail = `says ${word.status}, is ${known}`;
  if (known === 'paid' && ENDED.has(word.status)) {
    const left = leftOf(payment, givings);
    if (left.giftMinor + left.tipMinor === 0n) return { outcome: 'ignored', detail };
    if (!word.confirmed) return { outcome: 'noted', detail };
    givings.push({
      payment,
      kind: 'reversal',
      id: uuidv7(),
      newKey: null,
      reserved: false,
      ...left,
      at: word.at,
    });
    return BOOKED;
  }
  if (RANK[word.status] <= RANK[known]) {
    if (payment.gateway_transaction_id === null) learn(payment, word.transactionId, moves);
    return { outcome: 'ignored', detail };
  }
  if (ENDED.has(known) && !word.confirmed) {
    // One order may be tried more than once on the gateway's page: it is this try that is asked about.
    learn(payment, word.transactionId, moves);
    return { outcome: 'noted', detail };
  }
  moves.set(payment.id, {
    id: payment.id,
    was: payment.status,
    status: word.status,
    transactionId: word.transactionId,
    at: word.at,
  });
  return { ...BOOKED, paymentId: payment.id };
}

/**
 * Refunds that are not booked yet, by their keys. One that was asked for here names its gift and tip; one that was made at
 * the gateway takes the gift first. All of a notice or nothing of it.
 */
function decideRefund(gateway: string, word: RefundWord, standing: Standing): Decision {
  const payment = standing.byKey.get(`${gateway} ${word.reference}`);
  if (!payment) return quarantined('no payment has this reference');
  if (!isPaid(payment, standing)) return quarantined('a refund of what is not paid');
  const found: Giving[] = [];
  const isNew = ({ key }: RefundWord['refunds'][number]): boolean =>
    standing.refunds.get(`${payment.id} ${key}`)?.status !== 'done' &&
    !standing.givings.some((one) => isOf(one, payment, key, standing));
  for (const { key, amountMinor, at } of word.refunds.filter(isNew)) {
    const asked = standing.refunds.get(`${payment.id} ${key}`);
    if (asked && asked.gift_minor + asked.tip_minor !== amountMinor) {
      return quarantined(`gave back ${amountMinor}, asked were ${asked.gift_minor + asked.tip_minor}`);
    }
    const givings = [...standing.givings, ...found];
    const left = leftOf(payment, givings);
    const { giftMinor, tipMinor } = asked
      ? { giftMinor: asked.gift_minor, tipMinor: asked.tip_minor }
      : splitOf(amountMinor, left, askedBack(payment, givings, standing));
    if (giftMinor > left.giftMinor || tipMinor > left.tipMinor) {
      return quarantined(`gave back ${amountMinor}, left were ${left.giftMinor + left.tipMinor}`);
    }
    const row = asked
      ? { id: asked.id, newKey: null, reserved: asked.status === 'requested' }
      : { id: uuidv7(), newKey: key, reserved: false };
    found.push({ payment, kind: 'refund', ...row, giftMinor, tipMinor, at });
  }
  if (found.length === 0) return { outcome: 'ignored', detail: 'is known' };
  standing.givings.push(...found);
  return BOOKED;
}

/** Chargebacks add up: what the bank has taken beyond what is known of is booked, the gift first. */
function decideDispute(gateway: string, word: DisputeWord, standing: Standing): Decision {
  const payment = standing.byKey.get(`${gateway} ${word.reference}`);
  if (!payment) return quarantined('no payment has this reference');
  if (!isPaid(payment, standing)) return quarantined('a chargeback of what is not paid');
  const left = leftOf(payment, standing.givings);
  const before = standing.taken.get(payment.id) ?? 0n;
  const all = left.giftMinor + left.tipMinor;
  if (word.amountMinor === null) {
    if (all === 0n) return { outcome: 'ignored', detail: 'is known' };
    if (before >= payment.amount_minor) return quarantined('taken back again after it was won');
    return take(standing, payment, all, left, word.at);
  }
  const amountMinor = word.amountMinor - before;
  if (amountMinor <= 0n) return { outcome: 'ignored', detail: 'is known' };
  if (amountMinor > all) return quarantined(`took back ${amountMinor}, left were ${all}`);
  return take(standing, payment, amountMinor, left, word.at);
}

function take(
  standing: Standing,
  payment: LockedPayment,
  amountMinor: bigint,
  left: Parts,
  at: Date,
): Decision {
  const { giftMinor, tipMinor } = splitOf(amountMinor, left, askedBack(payment, standing.givings, standing));
  standing.taken.set(payment.id, (standing.taken.get(payment.id) ?? 0n) + amountMinor);
  const row = { id: uuidv7(), newKey: null, reserved: false };
  standing.givings.push({ payment, kind: 'chargeback', ...row, giftMinor, tipMinor, at });
  return BOOKED;
}

const BOOKED: Decision = { outcome: 'booked', detail: null };
const quarantined = (detail: string): Decision => ({ outcome: 'quarantined', detail });

const isPaid = (payment: LockedPayment, { moves }: Standing): boolean =>
  (moves.get(payment.id)?.status ?? payment.status) === 'paid';

const isOf = (one: Giving, payment: LockedPayment, key: string, { refunds }: Standing): boolean =>
  one.payment.id === payment.id && (one.newKey === key || one.id === refunds.get(`${payment.id} ${key}`)?.id);

type Parts = { giftMinor: bigint; tipMinor: bigint };

/** What refunds ask back of a payment of which the gateway has not spoken yet. */
function askedBack(payment: LockedPayment, givings: Giving[], { refunds }: Standing): Parts {
  const parts = { giftMinor: 0n, tipMinor: 0n };
  for (const row of refunds.values()) {
    if (row.payment_id !== payment.id || row.status !== 'requested') continue;
    if (givings.some(({ id }) => id === row.id)) continue;
    parts.giftMinor += row.gift_minor;
    parts.tipMinor += row.tip_minor;
  }
  return parts;
}

/**
 * The parts of an amount that names none: the gift first, then the tip. What is asked back comes last: the gateway may
 * have given it back already, and then it has to find its own parts there.
 */
function splitOf(amountMinor: bigint, left: Parts, asked: Parts): Parts {
  let rest = amountMinor;
  const some = (partMinor: bigint): bigint => {
    const taken = partMinor > 0n ? least(rest, partMinor) : 0n;
    rest -= taken;
    return taken;
  };
  const giftMinor = some(left.giftMinor - asked.giftMinor);
  const tipMinor = some(left.tipMinor - asked.tipMinor);
  const more = some(left.giftMinor - giftMinor);
  return { giftMinor: giftMinor + more, tipMinor: tipMinor + rest };
}

/** What of a payment has not gone back, also by what this batch has decided. */
function leftOf(payment: LockedPayment, givings: Giving[]): Parts {
  let giftMinor = payment.gift_minor - payment.returned_gift_minor;
  let tipMinor = payment.tip_minor - payment.returned_tip_minor;
  for (const one of givings) {
    if (one.payment.id !== payment.id) continue;
    giftMinor -= one.giftMinor;
    tipMinor -= one.tipMinor;
  }
  return { giftMinor, tipMinor };
}

/** Keeps the gateway's own id of an attempt that stays as it is: some payments can be asked about by it alone. */
function learn(payment: LockedPayment, transactionId: string | null, moves: Map<string, Move>): void {
  const { id, status } = payment;
  if (transactionId === null || status === 'paid' || moves.has(id)) return;
  moves.set(id, { id, was: status, status, transactionId, at: new Date(0) });
}
