import type { NewEvent } from '../../db/feeds.ts';
import type { Tx } from '../../db/open.ts';
import type { LockedPayment } from '../../db/payments.ts';
import type { RefundViewRow } from '../../db/refunds.ts';
import { bookMoney } from '../donations/book-money.ts';
import { refundReturnedOf } from '../ledger/entries.ts';
import { isSuspended } from '../ledger/suspense.ts';
import { countAgain } from './count-again.ts';
import { FAILURE_MAX, freeRefund, toFinance } from './refund.ts';

/** A refund that is paid out to its donor, as it stands with its payment locked. */
export type Payback = { refund: RefundViewRow; payment: LockedPayment };

/** Locks the payment under which a refund changes: before the accounts of its campaign, as every verb about refunds. */
export async function lockPayback(tx: Tx, refundId: string): Promise<Payback> {
  const known = await tx.refunds.view(refundId);
  const [payment] = known ? await tx.payments.lock([known]) : [];
  const refund = await tx.refunds.view(refundId);
  if (!refund || !payment) throw new Error('a refund that is paid out is not there');
  return { refund, payment };
}

/** Whether so much of the payment has not gone back another way since it was asked for. */
export const isLeft = ({ refund, payment }: Payback): boolean =>
  refund.gift_minor <= payment.gift_minor - payment.returned_gift_minor &&
  refund.tip_minor <= payment.tip_minor - payment.returned_tip_minor;

/** The donor has the money: books the refund as every other one, and what was set aside with it. */
export async function paidBack(
  tx: Tx,
  { refund, payment }: Payback,
  { paidFrom, at }: { paidFrom: string; at: Date },
): Promise<NewEvent[]> {
  const suspended = await isSuspended(tx, payment.id);
  const giving = {
    payment,
    kind: 'refund' as const,
    id: refund.id,
    newKey: null,
    reserved: !suspended,
    giftMinor: refund.gift_minor,
    tipMinor: refund.tip_minor,
    at,
    paidFrom,
  };
  return bookMoney(tx, { winners: new Map(), surplus: [], givings: [giving] });
}

/** The donor has not got it, and never will by this payout. */
export const notPaidBack = (
  tx: Tx,
  { refund, payment }: Payback,
  how: { failure: string; now: Date },
): Promise<NewEvent[]> => freeRefund(tx, refund, payment, how);

/** It had left, and came back: the gift counts again, and may be given back anew to an account that is right. */
export async function cameBack(
  tx: Tx,
  { refund, payment }: Payback,
  { paidFrom, failure, at }: { paidFrom: string; failure: string; at: Date },
): Promise<NewEvent[]> {
  const { id, donation_id: donationId, gift_minor: giftMinor, tip_minor: tipMinor } = refund;
  if (!(await tx.refunds.comeBack({ id, failure: failure.slice(0, FAILURE_MAX) }))) return [];
  const events = await countAgain(tx, payment, {
    id,
    kind: 'refund_returned',
    giftMinor,
    tipMinor,
    at,
    book: (back, purse) => refundReturnedOf(back, paidFrom, purse),
  });
  return [...events, toFinance({ id, donationId, status: 'failed', amountMinor: giftMinor + tipMinor })];
}
