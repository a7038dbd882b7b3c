import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { HELD_MAX } from '../../protocol/apply.ts';
import type { HeldMessage, MessageReviewRequest } from '../../protocol/donations.ts';
import { campaignFeed, MODERATION, type News, ownerFeed } from '../../protocol/feeds.ts';
import { redact } from '../redact.ts';
import { Refusal } from '../refusal.ts';
import { heldMessage } from './present.ts';

export const heldMessages = (db: Db): Promise<HeldMessage[]> =>
  acting(db, 'system', 'messages.held', async (tx) => (await tx.messages.held(HELD_MAX)).map(heldMessage));

/**
 * A moderator lets a held message be seen or rejects it. The door has checked the role; here the moderator must not be
 * on the campaign's team. Throws Refusal: not-found, forbidden, conflict.
 */
export async function reviewMessage(
  { db, bus }: { db: Db; bus: Bus },
  {
    donationId,
    moderatorId,
    request,
  }: { donationId: string; moderatorId: string; request: MessageReviewRequest },
): Promise<void> {
  const { decision } = request;
  const news = await acting(db, 'system', 'messages.review', async (tx) => {
    const message = await tx.messages.lock(donationId);
    // Nobody decides about words of a gift that may never come; a batch that pays it would not see the decision.
    if (!message?.paid_at) throw new Refusal('not-found', 'There is no such message.');
    if (await tx.donations.isOnTeam(message.campaign_id, moderatorId)) {
      throw new Refusal('forbidden', 'Someone outside the campaign’s team decides this.');
    }
    if (message.status !== 'held') throw new Refusal('conflict', 'This message is decided already.');
    await tx.messages.decide({
      donationId,
      status: decision === 'show' ? 'shown' : 'rejected',
      by: moderatorId,
    });
    const said = { feed: MODERATION, type: 'message.reviewed', data: { donationId, decision } };
    if (message.hidden_at) return tx.feeds.append([said]);
    const shown = (feed: string) => ({
      feed,
      type: 'donation.message_shown',
      data: { id: donationId, message: message.body },
    });
    const feeds = [campaignFeed(message.campaign_id), ownerFeed(message.campaign_id)];
    return tx.feeds.append(
      decision === 'show' ? [said, ...feeds.map(shown)] : [said, settledFor(feeds[1] ?? '', donationId)],
    );
  });
  bus.publish(news);
}

// The team's page stops saying "waiting for a moderator"; that it was rejected is between the moderator and the donor.
const settledFor = (feed: string, id: string) => ({ feed, type: 'donation.message_rejected', data: { id } });

/**
 * Takes a gift off the public wall at its donor's wish: the name and words go, the amount stays in the total. What was
 * said of it before is blanked in the same transaction, so that nobody who comes later reads it.
 */
export async function hideDonation({ db, bus }: { db: Db; bus: Bus }, donationId: string): Promise<void> {
  const news = await acting(db, 'system', 'donations.hide', async (tx): Promise<News[]> => {
    const donation = await tx.donations.lock(donationId);
    if (!donation) throw new Refusal('not-found', 'There is no such donation.');
    if (!(await tx.donations.hide(donationId)) || !donation.paid_at) return [];
    const feeds = [campaignFeed(donation.campaign_id), ownerFeed(donation.campaign_id)];
    return redact(tx, { feeds, type: 'donation.hidden', id: donationId });
  });
  bus.publish(news);
}
