import { acting, type Db, type Tx } from '../../db/open.ts';
import type { Locale } from '../../protocol/accounts.ts';
import { isPublic, notFound, type User } from '../campaigns/access.ts';
import { normaliseEmail } from '../fraud/judge.ts';
import { Refusal } from '../refusal.ts';

type House = { db: Db; now: () => Date };

/** Mails of a campaign's updates from now on. Throws Refusal 'not-found'. */
export const follow = (
  { db, now }: House,
  { userId }: User,
  { campaignId, locale }: { campaignId: string; locale: Locale },
): Promise<void> =>
  acting(db, userId, 'followers.follow', async (tx) => {
    await mustBePublic(tx, campaignId, userId);
    const emailNormalised = await mailboxOf(tx, userId);
    await tx.followers.follow({ campaignId, userId, emailNormalised, locale, now: now() });
  });

/** No more mails of a campaign, also not for a gift of before. Throws Refusal 'not-found'. */
export const unfollow = ({ db, now }: House, { userId }: User, campaignId: string): Promise<void> =>
  acting(db, 'system', 'followers.unfollow', async (tx) => {
    await mustBePublic(tx, campaignId, userId);
    const emailNormalised = await mailboxOf(tx, userId);
    await tx.followers.unfollow({ campaignId, userId });
    const readers = await tx.followers.readers([emailNormalised]);
    const readerId = readers.get(emailNormalised);
    if (readerId) await tx.followers.unsubscribe({ readerId, campaignId, now: now() });
  });

export const isFollowing = (db: Db, { userId }: User, campaignId: string): Promise<boolean> =>
  acting(db, 'system', 'followers.is-following', (tx) => tx.followers.isFollowing({ campaignId, userId }));

async function mustBePublic(tx: Tx, campaignId: string, viewerId: string): Promise<void> {
  const campaign = await tx.campaigns.find({ id: campaignId, slug: null, viewerId });
  if (!campaign || !isPublic(campaign.status)) throw notFound();
}

async function mailboxOf(tx: Tx, userId: string): Promise<string> {
  const user = await tx.users.byId(userId);
  if (!user) throw new Refusal('unauthenticated', 'Please sign in first.');
  return normaliseEmail(user.email);
}
