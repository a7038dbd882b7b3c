import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { type CampaignEvents, campaignFeed } from '../../protocol/feeds.ts';
import { toTeam } from './news.ts';

/** Campaigns ended by one transaction, so that none holds locks for long. */
export const END_BATCH_MAX = 100;

/** Ends every live or paused campaign whose last day is over in its own zone. Returns how many. */
export async function endDue({ db, bus, now }: { db: Db; bus: Bus; now: () => Date }): Promise<number> {
  const at = now();
  let ended = 0;
  for (;;) {
    const { ids, news } = await acting(db, 'system', 'campaigns.end', async (tx) => {
      const due = await tx.campaigns.lockDue({ now: at, limit: END_BATCH_MAX });
      const ids = due.map((row) => row.id);
      if (ids.length > 0) await tx.campaigns.end(ids);
      const events = ids.flatMap((id) => [
        {
          feed: campaignFeed(id),
          type: 'campaign.closed',
          data: { reason: 'ended' } satisfies CampaignEvents['campaign.closed'],
        },
        toTeam(id, 'ended'),
      ]);
      return { ids, news: await tx.feeds.append(events) };
    });
    bus.publish(news);
    ended += ids.length;
    if (ids.length < END_BATCH_MAX) return ended;
  }
}
