import type { Bus } from '../../bus.ts';
import type { DisputeViewRow } from '../../db/disputes.ts';
import { noChange } from '../../db/money.ts';
import { acting, type Db, type Tx, together } from '../../db/open.ts';
import type { LockedPayment } from '../../db/payments.ts';
import { FINANCE } from '../../protocol/feeds.ts';
import { type Money, rupiah } from '../../protocol/money.ts';
import type { DisputeView } from '../../protocol/refunds.ts';
import { onlyFinance } from '../accounts/finance.ts';
import type { User } from '../campaigns/access.ts';
import { returnedNews } from '../donations/news.ts';
import { chargebackWonOf, disputeFeeOf, suspenseWonOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { lockPurses } from '../ledger/purse.ts';
import { Refusal } from '../refusal.ts';
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
    const back = {
      id,
      kind: 'chargeback' as const,
      paymentId: payment.id,
      donationId: payment.donation_id,
      campaignId: payment.campaign_id,
      gateway: payment.gateway,
      currency: payment.currency,
      giftMinor: dispute.gift_minor,
      tipMinor: dispute.tip_minor,
      coverMinor: 0n,
      at: now(),
    };
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
    const again = { giftMinor: -dispute.gift_minor, tipMinor: -dispute.tip_minor };
    const ofPayment = [{ id: payment.id, ...again, coverMinor: 0n, reversedAt: null }];
    if ((await tx.ledger.keysBooked([`suspense:${payment.id}`])).size > 0) {
      await together([post(tx, [suspenseWonOf(back)]), tx.payments.giveBack(ofPayment)]);
      return tx.feeds.append([toFinance]);
    }
    const purse = (await lockPurses(tx, [payment.campaign_id])).get(payment.campaign_id);
    if (!purse) throw new Error('a campaign without accounts');
    const donors = payment.donation_left_minor === 0n && dispute.gift_minor > 0n ? 1 : 0;
    const { campaign_id: campaignId, donation_id: donationId } = payment;
    const [, , after] = await together([
      post(tx, [chargebackWonOf(back, purse)]),
      tx.donations.pay([], [campaignId]),
      tx.donations.addToTotals([
        { campaignId, giftMinor: dispute.gift_minor, tipMinor: dispute.tip_minor, donors },
      ]),
      tx.payments.giveBack(ofPayment),
      tx.donations.giveBack([{ id: donationId, giftMinor: again.giftMinor, status: 'charged_back' }]),
      tx.money.add([
        {
          ...noChange(campaignId),
          clawedBackMinor: again.giftMinor,
          settledMinor: payment.settlement_id === null ? 0n : dispute.gift_minor,
        },
      ]),
    ]);
    const [totals] = after;
    if (!totals) throw new Error('a campaign without totals');
    const leftMinor = payment.donation_left_minor + dispute.gift_minor;
    const total = { raised: totals.raised_minor, donors: totals.donor_count };
    const of = { kind: 'chargeback_won' as const, donationId, campaignId, userId: payment.user_id };
    const { gift_minor: giftMinor, tip_minor: tipMinor } = dispute;
    return tx.feeds.append([...returnedNews({ ...of, giftMinor, tipMinor }, leftMinor, total), toFinance]);
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
