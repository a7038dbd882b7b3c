import type { IBaseProtocol } from 'pg-promise';
import type { Locale } from '../protocol/accounts.ts';
import { sql } from './sql.ts';

export type RecipientRow = { email_normalised: string; email: string; locale: Locale };
export type StandingRow = { title: string; slug: string; campaign: boolean; all: boolean };

const follow = sql('followers/follow.sql');
const unfollow = sql('followers/unfollow.sql');
const isFollowing = sql('followers/is-following.sql');
const insertWish = sql('followers/insert-wish.sql');
const page = sql('followers/page.sql');
const readers = sql('followers/readers.sql');
const unsubscribe = sql('followers/unsubscribe.sql');
const resubscribe = sql('followers/resubscribe.sql');
const standing = sql('followers/standing.sql');

/** Who is told of a campaign's updates by mail, and who asked not to be. */
export const followers = (q: IBaseProtocol<unknown>) => ({
  follow: (who: { campaignId: string; userId: string; emailNormalised: string; locale: Locale; now: Date }) =>
    q.none(follow, who),
  unfollow: (who: { campaignId: string; userId: string }) => q.none(unfollow, who),
  isFollowing: async (who: { campaignId: string; userId: string }) =>
    (await q.one<{ following: boolean }>(isFollowing, who)).following,
  insertWish: (wish: { donationId: string; campaignId: string; emailNormalised: string }) =>
    q.none(insertWish, wish),
  /** The mailboxes after `after` that an update of the campaign goes to, in the order of their names. */
  page: (which: { campaignId: string; after: string; limit: number }) => q.any<RecipientRow>(page, which),
  /** Ids by mailbox; those that are new are made. */
  async readers(emails: string[]): Promise<Map<string, string>> {
    const rows = await q.any<{ id: string; email_normalised: string }>(readers, { emails });
    return new Map(rows.map((row) => [row.email_normalised, row.id]));
  },
  /** Without a campaign: of all. */
  unsubscribe: (which: { readerId: string; campaignId: string | null; now: Date }) =>
    q.none(unsubscribe, which),
  resubscribe: (which: { readerId: string; campaignId: string | null }) => q.none(resubscribe, which),
  standing: (which: { readerId: string; campaignId: string }) => q.oneOrNone<StandingRow>(standing, which),
});
