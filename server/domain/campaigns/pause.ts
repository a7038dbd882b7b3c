import type { Bus } from '../../bus.ts';
import type { CampaignRow } from '../../db/campaigns.ts';
import { acting, type Db } from '../../db/open.ts';
import { holds } from '../accounts/principal.ts';
import { Refusal } from '../refusal.ts';
import { conflict, lockAs, onlyTeam, type User } from './access.ts';
import { changed } from './news.ts';

type Side = 'team' | 'moderator';

/** Stops a live campaign from taking gifts. A moderator's pause also takes the place of the team's own. */
export async function pause({ db, bus }: { db: Db; bus: Bus }, user: User, id: string): Promise<void> {
  const news = await acting(db, user.userId, 'campaigns.pause', async (tx) => {
    const campaign = await lockAs(tx, user, id);
    const side = sideOf(user, campaign);
    const takesOver = campaign.status === 'paused' && campaign.paused_by === 'team' && side === 'moderator';
    if (campaign.status !== 'live' && !takesOver) throw conflict('Only a live campaign can be paused.');
    await tx.campaigns.setStatus({
      id,
      status: 'paused',
      pausedBy: side,
      submittedAt: null,
      publishedAt: null,
    });
    return tx.feeds.append(await changed(tx, campaign));
  });
  bus.publish(news);
}

/** Lets a paused campaign take gifts again. What a moderator paused, only a moderator lifts. */
export async function resume(
  { db, bus, now }: { db: Db; bus: Bus; now: () => Date },
  user: User,
  id: string,
): Promise<void> {
  const at = now();
  const news = await acting(db, user.userId, 'campaigns.resume', async (tx) => {
    const campaign = await lockAs(tx, user, id);
    const side = sideOf(user, campaign);
    if (campaign.status !== 'paused') throw conflict('Only a paused campaign can be resumed.');
    if (campaign.paused_by === 'moderator' && side === 'team') {
      throw new Refusal('forbidden', 'A moderator paused this campaign, and only a moderator can resume it.');
    }
    if (campaign.ends_at <= at) throw conflict('Its last day is over.');
    await tx.campaigns.setStatus({
      id,
      status: 'live',
      pausedBy: null,
      submittedAt: null,
      publishedAt: null,
    });
    return tx.feeds.append(await changed(tx, campaign));
  });
  bus.publish(news);
}

/** Whoever is on the team acts for the team, a moderator too: nobody is the judge of their own campaign. */
function sideOf(user: User, campaign: CampaignRow): Side {
  if (campaign.role === null && holds(user, 'moderator')) return 'moderator';
  onlyTeam(campaign, 'owner');
  return 'team';
}
