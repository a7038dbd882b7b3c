import type { NewEvent } from '../../db/feeds.ts';
import type { LockedPayment } from '../../db/payments.ts';
import {
  campaignFeed,
  donationFeed,
  FINANCE,
  MODERATION,
  ownerFeed,
  userFeed,
} from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import type { Giving } from './decide.ts';
import { heldMessage, ownerItem, wallItem } from './present.ts';

/** A campaign's public total as it stands with one event. */
export type Total = { raised: bigint; donors: number };

const totalsOf = ({ raised, donors }: Total) => ({ raised: rupiah(raised), donorCount: donors });

const MILESTONES = [25, 50, 75, 100] as const;

/** What each feed hears of a gift that was paid. `before` is the total without it. */
export function paidNews(payment: LockedPayment, at: Date, before: bigint, total: Total): NewEvent[] {
  const totals = totalsOf(total);
  const hidden = payment.hidden_at !== null;
  const held = payment.message_status === 'held';
  const row = {
    id: payment.donation_id,
    public_name: hidden ? null : payment.public_name,
    gift_minor: payment.gift_minor,
    tip_minor: payment.tip_minor,
    paid_at: at,
    message: payment.message_status === 'shown' && !hidden ? payment.message : null,
    message_held: held,
  };
  const gift = rupiah(payment.gift_minor);
  const events: NewEvent[] = [
    { feed: campaignFeed(payment.campaign_id), type: 'donation.received', data: wallItem(row), totals },
    { feed: ownerFeed(payment.campaign_id), type: 'donation.received', data: ownerItem(row), totals },
    { feed: donationFeed(payment.donation_id), type: 'donation.paid', data: { paidAt: at.toISOString() } },
  ];
  // Hidden while it was being paid: it counts, nameless, and leaves every wall again.
  if (hidden) {
    const feeds = [campaignFeed(payment.campaign_id), ownerFeed(payment.campaign_id)];
    events.push(
      ...feeds.map((feed) => ({ feed, type: 'donation.hidden', data: { id: payment.donation_id } })),
    );
  }
  for (const percent of MILESTONES) {
    const mark = (payment.goal_minor * BigInt(percent)) / 100n;
    if (before < mark && total.raised >= mark) {
      events.push({
        feed: campaignFeed(payment.campaign_id),
        type: 'campaign.milestone',
        data: { percent },
        totals,
      });
    }
  }
  if (payment.user_id) {
    const data = { id: payment.donation_id, campaignId: payment.campaign_id, gift };
    events.push({ feed: userFeed(payment.user_id), type: 'donation.paid', data });
  }
  if (held && payment.message) {
    const data = heldMessage({
      donation_id: payment.donation_id,
      body: payment.message,
      reasons: payment.message_reasons ?? [],
      paid_at: at,
      gift_minor: payment.gift_minor,
      campaign_id: payment.campaign_id,
      campaign_slug: payment.campaign_slug,
      campaign_title: payment.campaign_title,
    });
    events.push({ feed: MODERATION, type: 'message.held', data });
  }
  return events;
}

const RETURNED = {
  refund: 'donation.refunded',
  reversal: 'donation.reversed',
  chargeback: 'donation.charged_back',
  chargeback_won: 'donation.chargeback_won',
  refund_returned: 'donation.refund_returned',
} as const;

/**
 * What each feed hears of money that went back or came again. `leftMinor` is what then counts of the gift. A tip that goes
 * back is the donor's and finance's to know.
 */
export function returnedNews(
  one: {
    kind: keyof typeof RETURNED;
    donationId: string;
    campaignId: string;
    userId: string | null;
    giftMinor: bigint;
    tipMinor: bigint;
  },
  leftMinor: bigint,
  total: Total,
): NewEvent[] {
  const type = RETURNED[one.kind];
  const data = { id: one.donationId, returned: rupiah(one.giftMinor), left: rupiah(leftMinor) };
  const totals = totalsOf(total);
  return [
    ...(one.giftMinor > 0n
      ? [
          { feed: campaignFeed(one.campaignId), type, data, totals },
          { feed: ownerFeed(one.campaignId), type, data, totals },
        ]
      : []),
    {
      feed: donationFeed(one.donationId),
      type,
      data: { returned: rupiah(one.giftMinor + one.tipMinor) },
    },
    ...(one.userId ? [{ feed: userFeed(one.userId), type, data }] : []),
  ];
}

/** What finance hears of it. */
export function returnedToFinance(
  one: Pick<Giving, 'kind' | 'id' | 'giftMinor' | 'tipMinor'>,
  donationId: string,
): NewEvent {
  const amount = rupiah(one.giftMinor + one.tipMinor);
  return one.kind === 'refund'
    ? { feed: FINANCE, type: 'refund.changed', data: { id: one.id, donationId, status: 'done', amount } }
    : {
        feed: FINANCE,
        type: 'dispute.changed',
        data: { id: one.id, donationId, kind: one.kind, status: 'lost', amount },
      };
}
