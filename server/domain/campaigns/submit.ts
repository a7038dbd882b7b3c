import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { MODERATION, type ModerationEvents } from '../../protocol/feeds.ts';
import { conflict, lockAs, onlyEditors, type User } from './access.ts';
import { checkLastDay } from './calendar.ts';
import { toTeam } from './news.ts';

/** Hands a draft, or a rejected campaign once more, to the moderators. */
export async function submit(
  { db, bus, now }: { db: Db; bus: Bus; now: () => Date },
  user: User,
  id: string,
): Promise<void> {
  const at = now();
  const news = await acting(db, user.userId, 'campaigns.submit', async (tx) => {
    const campaign = await lockAs(tx, user, id);
    onlyEditors(campaign);
    if (campaign.status !== 'draft' && campaign.status !== 'rejected') {
      throw conflict('Only a draft or a rejected campaign can be submitted.');
    }
    checkLastDay(campaign.ends_on, campaign.timezone, at);
    await tx.campaigns.setStatus({
      id,
      status: 'in_review',
      pausedBy: null,
      submittedAt: at,
      publishedAt: null,
    });
    const { slug, title } = campaign;
    return tx.feeds.append([
      toTeam(id, 'in_review'),
      {
        feed: MODERATION,
        type: 'campaign.submitted',
        data: { id, slug, title } satisfies ModerationEvents['campaign.submitted'],
      },
    ]);
  });
  bus.publish(news);
}
