import { v7 as uuidv7 } from 'uuid';
import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import type { ReviewRequest } from '../../protocol/campaigns.ts';
import { MODERATION, type ModerationEvents, type OwnerEvents, ownerFeed } from '../../protocol/feeds.ts';
import { holds } from '../accounts/principal.ts';
import { Refusal } from '../refusal.ts';
import { conflict, lockAs, type User } from './access.ts';
import { changed } from './news.ts';

/** A no without a reason helps nobody; characters. */
export const REJECTION_NOTE_MIN = 10;

/** A moderator who is not on the campaign's team publishes it, or sends it back with a note. */
export async function review(
  { db, bus, now }: { db: Db; bus: Bus; now: () => Date },
  user: User,
  id: string,
  { decision, note }: ReviewRequest,
): Promise<void> {
  const at = now();
  const news = await acting(db, user.userId, 'campaigns.review', async (tx) => {
    const campaign = await lockAs(tx, user, id);
    if (!holds(user, 'moderator')) throw new Refusal('forbidden', 'Only a moderator may review campaigns.');
    if (campaign.role) throw new Refusal('forbidden', 'Nobody reviews a campaign of their own team.');
    if (campaign.status !== 'in_review') throw conflict('The campaign is not waiting for a review.');
    if (decision === 'reject' && note.length < REJECTION_NOTE_MIN) {
      throw new Refusal('invalid-input', 'Some fields need attention.', {
        errors: [
          { path: 'note', message: `note must say why, in at least ${REJECTION_NOTE_MIN} characters` },
        ],
      });
    }
    if (decision === 'approve' && campaign.ends_at <= at) {
      throw conflict('Its last day is over. Send it back, so that the team can choose another.');
    }
    const reviewId = uuidv7();
    await tx.campaigns.insertReview({
      id: reviewId,
      campaignId: id,
      moderatorId: user.userId,
      decision,
      note,
      now: at,
    });
    await tx.campaigns.setStatus(
      decision === 'approve'
        ? { id, status: 'live', pausedBy: null, submittedAt: null, publishedAt: at }
        : { id, status: 'rejected', pausedBy: null, submittedAt: null, publishedAt: null },
    );
    await tx.outbox.queueForTeam({
      campaignId: id,
      key: `verdict:${reviewId}`,
      template: 'verdict',
      data: { campaignId: id, decision },
    });
    return tx.feeds.append([
      {
        feed: ownerFeed(id),
        type: 'campaign.reviewed',
        data: { decision, note } satisfies OwnerEvents['campaign.reviewed'],
      },
      {
        feed: MODERATION,
        type: 'campaign.reviewed',
        data: { id, decision } satisfies ModerationEvents['campaign.reviewed'],
      },
      ...(await changed(tx, campaign)),
    ]);
  });
  bus.publish(news);
}
