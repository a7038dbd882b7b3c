import type { NewEvent } from '../../db/feeds.ts';
import { noChange } from '../../db/money.ts';
import { type Tx, together } from '../../db/open.ts';
import type { LockedPayment } from '../../db/payments.ts';
import { isSettled } from '../donations/book-money.ts';
import { returnedNews } from '../donations/news.ts';
import type { GivenBack } from '../ledger/entries.ts';
import { type Journal, post } from '../ledger/post.ts';
import { lockPurses, type Purse } from '../ledger/purse.ts';
import { isSuspended } from '../ledger/suspense.ts';

/** How money that had left a payment comes back to it. */
type Again = {
  /** Of the refund or the dispute that is undone. */
  id: string;
  kind: 'chargeback_won' | 'refund_returned';
  giftMinor: bigint;
  tipMinor: bigint;
  at: Date;
  /** The journal; without a purse where no campaign ever had the money. */
  book(back: GivenBack, purse: Purse | null): Journal;
};

const UNDONE = {
  chargeback_won: { kind: 'chargeback', sum: 'clawedBackMinor', status: 'charged_back' },
  refund_returned: { kind: 'refund', sum: 'refundedMinor', status: 'refunded' },
} as const;

/**
 * What had left a payment, which stands locked, counts again, and first repays what the campaign owes. What of the fee the
 * platform bore it keeps bearing.
 */
export async function countAgain(tx: Tx, payment: LockedPayment, again: Again): Promise<NewEvent[]> {
  const { id, giftMinor, tipMinor, at } = again;
  const { kind, sum, status } = UNDONE[again.kind];
  const { campaign_id: campaignId, donation_id: donationId } = payment;
  const back: GivenBack = {
    id,
    kind,
    paymentId: payment.id,
    donationId,
    campaignId,
    gateway: payment.gateway,
    currency: payment.currency,
    giftMinor,
    tipMinor,
    coverMinor: 0n,
    at,
  };
  const ofPayment = [
    { id: payment.id, giftMinor: -giftMinor, tipMinor: -tipMinor, coverMinor: 0n, reversedAt: null },
  ];
  if (await isSuspended(tx, payment.id)) {
    await together([post(tx, [again.book(back, null)]), tx.payments.giveBack(ofPayment)]);
    return [];
  }
  const purse = (await lockPurses(tx, [campaignId])).get(campaignId);
  if (!purse) throw new Error('a campaign without accounts');
  const donors = payment.donation_left_minor === 0n && giftMinor > 0n ? 1 : 0;
  const [, after] = await together([
    post(tx, [again.book(back, purse)]),
    tx.donations.count({ paid: [], changes: [{ campaignId, giftMinor, tipMinor, donors }] }),
    tx.payments.giveBack(ofPayment),
    tx.donations.giveBack([{ id: donationId, giftMinor: -giftMinor, status }]),
    tx.money.add([
      { ...noChange(campaignId), [sum]: -giftMinor, settledMinor: isSettled(payment) ? giftMinor : 0n },
    ]),
  ]);
  const [totals] = after;
  if (!totals) throw new Error('a campaign without totals');
  const total = { raised: totals.raised_minor, donors: totals.donor_count };
  const of = { kind: again.kind, donationId, campaignId, userId: payment.user_id, giftMinor, tipMinor };
  return returnedNews(of, payment.donation_left_minor + giftMinor, total);
}
