import type { Bus } from '../../bus.ts';
import type { DisputeViewRow } from '../../db/disputes.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import type { LockedPayment } from '../../db/payments.ts';
import { FINANCE } from '../../protocol/feeds.ts';
import { type Money, rupiah } from '../../protocol/money.ts';
import type { DisputeView } from '../../protocol/refunds.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import { chargebackWonOf, disputeFeeOf, suspenseWonOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { Refusal } from '../refusal.ts';
import { countAgain } from './count-again.ts';
import { disputeView } from './present.ts';

type House = { db: Db; bus: Bus; now(): Date };

/**
 * The bank gave back what it had taken: the gift counts again, and first repays what the campaign owes for it. The same
 * dispute is won once. Throws Refusal: forbidden, not-found, wrong-state (a reversal, or won before).
 */
export async function winDispute(
  { db, bus, now }: House,
  user: User,
  { id, note }: { id: string; note: string },
): Promise<DisputeView> {
  onlyFinance(user);
  const news = await acting(db, 'system', 'disputes.win', async (tx) => {
    const { dispute, payment } = await lockDispute(tx, id);
    if (!(await tx.disputes.win({ id, now: now(), by: user.userId, note }))) {
      throw new Refusal('wrong-state', 'Only a chargeback that is lost can be won.');
    }
    const toFinance = {
      feed: FINANCE,
      type: 'dispute.changed',
      data: {
        id,
        donationId: payment.donation_id,
        kind: dispute.kind,
        status: 'won',
        amount: rupiah(dispute.gift_minor + dispute.tip_minor),
      },
    };
    const events = await countAgain(tx, payment, {
      id,
      kind: 'chargeback_won',
      giftMinor: dispute.gift_minor,
      tipMinor: dispute.tip_minor,
      at: now(),
      book: (back, purse) => (purse ? chargebackWonOf(back, purse) : suspenseWonOf(back)),
    });
    return tx.feeds.append([...events, toFinance]);
  });
  bus.publish(news);
  return disputeView(await viewOf(db, id));
}

/**
 * What the gateway asks for handling a dispute, once it is known: the platform bears it. The same dispute has one fee.
 * Throws Refusal: forbidden, not-found, wrong-state.
 */
export async function bookDisputeFee(
  { db, now }: House,
  user: User,
  { id, amount }: { id: string; amount: Money },
): Promise<DisputeView> {
  onlyFinance(user);
  await acting(db, 'system', 'disputes.fee', async (tx) => {
    const { payment } = await lockDispute(tx, id);
    if ((await tx.ledger.keysBooked([`dispute_fee:${id}`])).size > 0) {
      throw new Refusal('wrong-state', 'The fee of this dispute is booked.');
    }
    const { gateway, id: paymentId } = payment;
    await post(tx, [disputeFeeOf({ id, gateway, paymentId, amountMinor: BigInt(amount.amount), at: now() })]);
  });
  return disputeView(await viewOf(db, id));
}

/** A dispute as it stands once its payment is locked. */
async function lockDispute(tx: Tx, id: string): Promise<{ dispute: DisputeViewRow; payment: LockedPayment }> {
  const found = await viewOf(tx, id);
  const [payment] = await tx.payments.lock([found]);
  if (!payment) throw new Error('a dispute without a payment');
  return { dispute: await viewOf(tx, id), payment };
}

async function viewOf(q: Pick<Db, 'disputes'>, id: string): Promise<DisputeViewRow> {
  const row = await q.disputes.view(id);
  if (!row) throw new Refusal('not-found', 'There is no such dispute.');
  return row;
}
