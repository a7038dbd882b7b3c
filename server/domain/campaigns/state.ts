import type { Tx } from '../../db/open.ts';
import type { TeamRole } from '../../protocol/campaigns.ts';
import type { CampaignState } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import { isPublic } from './access.ts';
import { campaignUpdated } from './present.ts';

/** The present of a campaign's live feed except its wall and updates. Null where no campaign of this id is public. */
export async function readCampaignState(
  tx: Tx,
  id: string,
): Promise<Omit<CampaignState, 'wall' | 'updates'> | null> {
  const row = await tx.campaigns.state(id);
  if (!row || !isPublic(row.status)) return null;
  return {
    totals: { raised: rupiah(row.raised_minor), donorCount: row.donor_count },
    ...campaignUpdated(row),
  };
}

/** Null for whoever is not on the campaign's team. */
export const readTeamRole = (tx: Tx, campaignId: string, userId: string): Promise<TeamRole | null> =>
  tx.campaigns.roleOf(campaignId, userId);
