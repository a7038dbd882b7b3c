import type { Db } from '../../db/open.ts';
import type { UpdatePage } from '../../protocol/updates.ts';
import type { Principal } from '../accounts/principal.ts';
import { maySee, notFound } from '../campaigns/access.ts';
import { updateView } from './present.ts';

/** One page of a campaign's updates, newest first; the cursor is the number of the last one. Throws Refusal 'not-found'. */
export async function listUpdates(
  db: Db,
  viewer: Principal,
  { campaignId, cursor, limit }: { campaignId: string; cursor?: number | undefined; limit: number },
): Promise<UpdatePage> {
  const viewerId = viewer.kind === 'user' ? viewer.userId : null;
  const campaign = await db.campaigns.find({ id: campaignId, slug: null, viewerId });
  if (!campaign || !maySee(campaign, viewer)) throw notFound();
  const rows = await db.updates.list({ campaignId, before: cursor ?? null, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(updateView),
    nextCursor: rows.length > limit && last ? String(last.number) : null,
  };
}
