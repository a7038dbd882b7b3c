import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { noChange } from '../../db/money.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import type { LockedPayment } from '../../db/payments.ts';
import type { RefundViewRow } from '../../db/refunds.ts';
import type { PaidBy, PaidThrough } from '../../protocol/donations.ts';
import { FINANCE } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import type { MadeAt, RefundRequest, RefundStatus, RefundView } from '../../protocol/refunds.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import { answerOf } from '../donations/ask.ts';
import { bookMoney } from '../donations/book-money.ts';
import type { Gateways } from '../donations/pledge.ts';
import type { Receive } from '../donations/receive.ts';
import { GatewayFault } from '../gateways/gateway.ts';
import { BANK } from '../ledger/chart.ts';
import { coverOf } from '../ledger/entries.ts';
import { lockPurses } from '../ledger/purse.ts';
import { isSuspended } from '../ledger/suspense.ts';
import { Refusal } from '../refusal.ts';
import { refundView } from './present.ts';

/** A gateway's first answer is waited for; after this long it is asked, and again as often. */
const ASK_AFTER_MS = 60_000;
const PER_RUN_MAX = 100;
export const FAILURE_MAX = 300;

type House = {
  db: Db;
  bus: Bus;
  gateways: Gateways;
  receive: Receive;
  now(): Date;
  onFault(fault: unknown): void;
};

/**
 * Gives back part of a gift, of its tip, or all of it. What the gateway cannot give back is paid out to the donor
 * (`payBack`), or finance has paid it by hand and says so (`byTransfer`). The campaign's part is set aside before the
 * gateway is asked, and booked once it says yes; while no answer is known the refund stays 'requested' and
 * `resumeRefunds` asks. `id` is the caller's, so that a retry after a crash resumes the same refund under the same key.
 * Throws Refusal: forbidden, not-found, wrong-state, over-limit, not-allowed, invalid-input.
 */
export async function refund(
  house: House,
  user: User,
  { id, donationId, request }: { id: string; donationId: string; request: RefundRequest },
): Promise<RefundView> {
  onlyFinance(user);
  const { db, bus } = house;
  const news = await acting(db, 'system', 'refunds.request', async (tx) => {
    if (await tx.refunds.view(id)) return [];
    const { byTransfer } = request;
    const how = byTransfer
      ? { madeAt: 'transfer' as const, key: `transfer:${byTransfer.bankReference}` }
      : { madeAt: 'platform' as const, key: `R${id.replaceAll('-', '').toUpperCase()}` };
    return tx.feeds.append(await openRefund(tx, house, user, { id, donationId, request, ...how }));
  });
  bus.publish(news);
  return sent(house, id);
}

/** Asks again about refunds of which no answer is known. Returns how many were asked about. */
export async function resumeRefunds(house: House): Promise<number> {
  const now = house.now();
  const ago = new Date(now.getTime() - ASK_AFTER_MS);
  const due = await house.db.refunds.takeDue({ now, before: ago, askedBefore: ago, limit: PER_RUN_MAX });
  for (const id of due) await sent(house, id).catch(house.onFault);
  return due.length;
}

/**
 * Checks a refund against what is left, sets its money aside, and books at once what was paid by hand. `key` is what the
 * refund is known by where it is made.
 */
export async function openRefund(
  tx: Tx,
  { gateways, now }: Pick<House, 'gateways' | 'now'>,
  user: User,
  of: {
    id: string;
    donationId: string;
    request: RefundRequest;
    madeAt: Exclude<MadeAt, 'gateway'>;
    key: string;
  },
): Promise<NewEvent[]> {
  const { id, donationId, request, madeAt, key } = of;
  const payment = await lockPaid(tx, donationId, request.paymentId);
  const giftMinor = BigInt(request.gift.amount);
  const tipMinor = BigInt(request.tip?.amount ?? 0);
  if (giftMinor + tipMinor === 0n) throw invalid('gift', 'gift and tip are both zero');
  const refunds = await tx.refunds.ofPayments([payment.id]);
  const open = refunds.filter(({ status }) => status === 'requested');
  const sum = (of: (row: (typeof open)[number]) => bigint): bigint =>
    open.reduce((total, row) => total + of(row), 0n);
  const leftGift = payment.gift_minor - payment.returned_gift_minor - sum((row) => row.gift_minor);
  const leftTip = payment.tip_minor - payment.returned_tip_minor - sum((row) => row.tip_minor);
  if (giftMinor > leftGift) throw overLimit('gift', leftGift);
  if (tipMinor > leftTip) throw overLimit('tip', leftTip);
  if (madeAt === 'platform') mustBeRefundable(gateways, payment, giftMinor + tipMinor);

  const suspended = await isSuspended(tx, payment.id);
  const purses = await lockPurses(tx, suspended ? [] : [payment.campaign_id]);
  const purse = purses.get(payment.campaign_id);
  const [money] = purse ? await tx.money.lock([payment.campaign_id]) : [];
  if (purse && money) {
    const has = purse.payableMinor - money.refunding_minor;
    const needs = giftMinor - coverFor(payment, giftMinor);
    if (needs > has) throw overLimit('gift', has > 0n ? has : 0n, 'The campaign has less left than that');
    await tx.money.add([{ ...noChange(payment.campaign_id), refundingMinor: giftMinor }]);
  }
  const at = now();
  await tx.refunds.insert([
    {
      id,
      paymentId: payment.id,
      donationId,
      campaignId: payment.campaign_id,
      key,
      madeAt,
      giftMinor,
      tipMinor,
      reason: request.reason,
      status: 'requested',
      requestedBy: user.userId,
      requestedAt: at,
      endedAt: null,
    },
  ]);
  if (madeAt !== 'transfer') {
    return [toFinance({ id, donationId, status: 'requested', amountMinor: giftMinor + tipMinor })];
  }
  const giving = {
    payment,
    kind: 'refund' as const,
    id,
    newKey: null,
    reserved: !suspended,
    giftMinor,
    tipMinor,
    at,
    paidFrom: BANK,
  };
  return bookMoney(tx, { winners: new Map(), surplus: [], givings: [giving] });
}

/**
 * Takes a refund as far as it goes now. The gateway is asked before it is told again, so that a refund whose answer was
 * lost is found; told twice under one key it gives back once.
 */
async function sent(house: House, id: string): Promise<RefundView> {
  const { db, gateways, receive } = house;
  const row = await viewOf(db, id);
  const gateway = row.gateway === 'offline' ? undefined : gateways[row.gateway];
  if (row.status !== 'requested' || row.made_at !== 'platform' || !gateway) return refundView(row);
  const known = { reference: row.reference, transactionId: row.gateway_transaction_id };
  try {
    if (row.asked_at !== null) {
      const words = await gateway.status(known);
      await receive(words.map((word) => answerOf(gateway, word)));
      const now = await viewOf(db, id);
      if (now.status !== 'requested') return refundView(now);
    }
    const amountMinor = row.gift_minor + row.tip_minor;
    await gateway.refund(known, { key: row.key, amountMinor, reason: row.reason });
    const refunds = [{ key: row.key, amountMinor, at: house.now() }];
    await receive([answerOf(gateway, { kind: 'refund', word: { reference: row.reference, refunds } })]);
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    house.onFault(fault);
    if (!fault.maybeDone) await fail(house, row, fault.message);
  }
  return refundView(await viewOf(db, id));
}

/** The gateway said no for certain: what was set aside is free again. */
async function fail({ db, bus, now }: House, row: RefundViewRow, failure: string): Promise<void> {
  const news = await acting(db, 'system', 'refunds.fail', async (tx) => {
    const [payment] = await tx.payments.lock([row]);
    if (!payment) return [];
    return tx.feeds.append(await freeRefund(tx, row, payment, { failure, now: now() }));
  });
  bus.publish(news);
}

/** Frees what a refund had set aside, under the lock of its payment. Nothing where it has ended before. */
export async function freeRefund(
  tx: Tx,
  row: RefundViewRow,
  payment: LockedPayment,
  { failure, now }: { failure: string; now: Date },
): Promise<NewEvent[]> {
  if (!(await tx.refunds.fail({ id: row.id, now, failure: failure.slice(0, FAILURE_MAX) }))) return [];
  const suspended = await isSuspended(tx, payment.id);
  if (!suspended) {
    await tx.money.lock([payment.campaign_id]);
    await tx.money.add([{ ...noChange(payment.campaign_id), refundingMinor: -row.gift_minor }]);
  }
  const amountMinor = row.gift_minor + row.tip_minor;
  return [toFinance({ id: row.id, donationId: row.donation_id, status: 'failed', amountMinor })];
}

/** The attempt that a refund is of: the one that was asked for, else the first that was paid. */
async function lockPaid(tx: Tx, donationId: string, paymentId: string | undefined): Promise<LockedPayment> {
  const keys = await tx.payments.paidOf(donationId);
  const payments = keys.length > 0 ? await tx.payments.lock(keys) : [];
  if (payments.length === 0) {
    if (!(await tx.donations.lock(donationId))) throw new Refusal('not-found', 'There is no such donation.');
    throw new Refusal('wrong-state', 'Nothing was paid for this donation.');
  }
  if (paymentId === undefined && payments.length > 1) {
    throw invalid('paymentId', 'this donation was paid more than once: say which payment');
  }
  const payment = paymentId === undefined ? payments[0] : payments.find(({ id }) => id === paymentId);
  if (!payment) throw invalid('paymentId', 'paymentId names no payment of this donation that was paid');
  return payment;
}

/** How a gateway gives back what was paid through it; undefined where it cannot, or where there was none. */
export const refundableBy = (
  gateways: Gateways,
  { gateway, method }: { gateway: PaidThrough; method: PaidBy },
) =>
  gateway === 'offline' || method === 'bank_transfer' || method === 'cash'
    ? undefined
    : gateways[gateway]?.refunds[method];

function mustBeRefundable(gateways: Gateways, payment: LockedPayment, amountMinor: bigint): void {
  const can = refundableBy(gateways, payment);
  if (!can) {
    const message =
      'This payment cannot be given back through its gateway. Pay it to the donor’s bank account.';
    throw new Refusal('not-allowed', message);
  }
  const before = payment.returned_gift_minor + payment.returned_tip_minor;
  if (can === 'all or nothing' && (before > 0n || amountMinor !== payment.amount_minor)) {
    throw new Refusal(
      'not-allowed',
      'This payment can only be given back as a whole, or to the donor’s bank account.',
    );
  }
}

const coverFor = (payment: LockedPayment, giftMinor: bigint): bigint =>
  payment.fee_minor === null
    ? 0n
    : coverOf({
        feeMinor: payment.fee_minor,
        giftMinor: payment.gift_minor,
        returnedMinor: payment.returned_gift_minor + giftMinor,
        coveredMinor: payment.covered_minor,
      });

async function viewOf(db: Db, id: string): Promise<RefundViewRow> {
  const row = await db.refunds.view(id);
  if (!row) throw new Refusal('not-found', 'There is no such refund.');
  return row;
}

/** What finance hears of a refund. */
export const toFinance = (of: {
  id: string;
  donationId: string;
  status: RefundStatus;
  amountMinor: bigint;
}): NewEvent => ({
  feed: FINANCE,
  type: 'refund.changed',
  data: { id: of.id, donationId: of.donationId, status: of.status, amount: rupiah(of.amountMinor) },
});

const invalid = (path: string, message: string): Refusal =>
  new Refusal('invalid-input', 'Some fields need attention.', { errors: [{ path, message }] });

const overLimit = (path: string, leftMinor: bigint, message = 'More than is left of it'): Refusal =>
  new Refusal('over-limit', `${message}: Rp${leftMinor}.`, {
    errors: [{ path, message: `at most ${leftMinor} can be given back` }],
  });
