import type { Db } from '../../db/open.ts';
import type { CampaignView } from '../../protocol/campaigns.ts';
import { holds, type Principal } from '../accounts/principal.ts';
import { maySee, notFound } from './access.ts';
import { campaignView } from './present.ts';

/**
 * One campaign as this viewer may see it. The head of its feed is of the same snapshot as its totals, so that whoever
 * watches from there on counts every gift once. Throws Refusal 'not-found' also where the viewer may not know of it.
 */
export async function findCampaign(
  db: Db,
  viewer: Principal,
  which: { id: string } | { slug: string },
): Promise<CampaignView> {
  const row = await db.campaigns.find({
    id: null,
    slug: null,
    ...which,
    viewerId: viewer.kind === 'user' ? viewer.userId : null,
  });
  if (!row || !maySee(row, viewer)) throw notFound();
  return campaignView(row, { forTeam: row.role !== null || holds(viewer, 'moderator') });
}
