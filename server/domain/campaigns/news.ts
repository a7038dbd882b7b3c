import type { CampaignRow } from '../../db/campaigns.ts';
import type { NewEvent } from '../../db/feeds.ts';
import type { Tx } from '../../db/open.ts';
import type { CampaignStatus } from '../../protocol/campaigns.ts';
import { campaignFeed, type OwnerEvents, ownerFeed } from '../../protocol/feeds.ts';
import { isPublic, notFound } from './access.ts';
import { campaignUpdated } from './present.ts';

// None of these carries totals: they are read here without the totals' lock, and a gift that commits in between
// would be taken back on every page by the older sum.

/** For the team's pages, which read the campaign anew; the status is said absolutely, changed or not. */
export const toTeam = (id: string, status: CampaignStatus): NewEvent => ({
  feed: ownerFeed(id),
  type: 'campaign.status',
  data: { status } satisfies OwnerEvents['campaign.status'],
});

/** What a changed campaign says: to its team always, to everyone once it is public. */
export async function changed(tx: Tx, { id }: CampaignRow): Promise<NewEvent[]> {
  const row = await tx.campaigns.state(id);
  if (!row) throw notFound();
  const events = [toTeam(id, row.status)];
  if (isPublic(row.status)) {
    events.push({ feed: campaignFeed(id), type: 'campaign.updated', data: campaignUpdated(row) });
  }
  return events;
}
