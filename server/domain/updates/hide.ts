import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { campaignFeed, type News } from '../../protocol/feeds.ts';
import { holds } from '../accounts/principal.ts';
import { lockAs, onlyEditors, type User } from '../campaigns/access.ts';
import { redact } from '../redact.ts';
import { Refusal } from '../refusal.ts';

/**
 * Takes an update back, by its team or a moderator: its words leave the feed, its pictures are deleted, and mails that
 * are not written yet never are. Throws Refusal: not-found, forbidden.
 */
export async function hideUpdate(
  { db, bus, now }: { db: Db; bus: Bus; now: () => Date },
  user: User,
  { id, campaignId }: { id: string; campaignId: string },
): Promise<void> {
  const news = await acting(db, user.userId, 'updates.hide', async (tx): Promise<News[]> => {
    const campaign = await lockAs(tx, user, campaignId);
    if (!holds(user, 'moderator')) onlyEditors(campaign);
    const update = await tx.updates.find(id);
    if (update?.campaign_id !== campaignId) throw new Refusal('not-found', 'There is no such update.');
    if (!(await tx.updates.hide({ id, userId: user.userId, now: now() }))) return [];
    await tx.updates.deletePictures(id);
    return redact(tx, { feeds: [campaignFeed(campaignId)], type: 'update.hidden', id });
  });
  bus.publish(news);
}
