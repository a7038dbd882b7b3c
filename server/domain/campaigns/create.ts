import { v7 as uuidv7 } from 'uuid';
import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import type { CampaignRequest } from '../../protocol/campaigns.ts';
import { campaignFeed, ownerFeed } from '../../protocol/feeds.ts';
import { accountsOf } from '../ledger/chart.ts';
import { Refusal } from '../refusal.ts';
import { conflict, type User } from './access.ts';
import { checkLastDay } from './calendar.ts';
import { toTeam } from './news.ts';
import { withFreeSlug } from './slug.ts';
import type { Stories } from './stories.ts';

/** Campaigns one person may have that a moderator has not approved yet. */
export const UNFINISHED_MAX = 20;

/** Begins a campaign as a draft of `user`, with everything that later gifts and watchers need. Returns its id. */
export async function create(
  { db, bus, stories, now }: { db: Db; bus: Bus; stories: Stories; now: () => Date },
  user: User,
  request: CampaignRequest,
): Promise<string> {
  const at = now();
  checkLastDay(request.endsOn, request.timezone, at);
  const storyHtml = await stories.render(request.story);
  const id = uuidv7();
  const news = await acting(db, 'system', 'campaigns.create', async (tx) => {
    // Held while the unfinished campaigns are counted, so that two requests at once cannot both be the last allowed.
    const owner = await tx.users.lock(user.userId);
    if (!owner || owner.banned_at) throw new Refusal('unauthenticated', 'This account cannot be used.');
    if ((await tx.campaigns.countUnfinished(user.userId)) >= UNFINISHED_MAX) {
      throw conflict(
        `You have ${UNFINISHED_MAX} campaigns that are not published yet. Please finish one first.`,
      );
    }
    await withFreeSlug(tx, { id, title: request.title }, (slug) =>
      tx.campaigns.insert({
        id,
        slug,
        title: request.title,
        story: request.story,
        storyHtml,
        category: request.category,
        goalMinor: request.goal.amount,
        endsOn: request.endsOn,
        timezone: request.timezone,
        beneficiary: request.beneficiary,
        permitNumber: request.permitNumber || null,
        ownerId: user.userId,
        ownerName: owner.name,
        now: at,
      }),
    );
    await tx.ledger.openAccounts(accountsOf(id));
    await tx.feeds.open([campaignFeed(id), ownerFeed(id)]);
    return tx.feeds.append([toTeam(id, 'draft')]);
  });
  bus.publish(news);
  return id;
}
