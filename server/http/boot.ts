import type { Db } from '../db/open.ts';
import { GUEST } from '../domain/accounts/principal.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { listCampaigns } from '../domain/campaigns/list.ts';
import { wallItem } from '../domain/donations/present.ts';
import { listUpdates } from '../domain/updates/list.ts';
import type { Boot } from './pages.ts';

const CAMPAIGN = /^\/c\/([a-z0-9-]{1,100})(\/give)?$/;
const CARDS = 12;
const WALL = 20;
const UPDATES = 3;

/** What the home page and a campaign's page show first, as a guest sees it. */
export const boot =
  ({ db, now }: { db: Db; now: () => Date }): Boot =>
  async (path) => {
    if (path === '/')
      return { campaigns: await listCampaigns({ db, now }, GUEST, { sort: 'newest', limit: CARDS }) };
    const slug = CAMPAIGN.exec(path)?.[1];
    if (!slug) return null;
    const campaign = await findCampaign(db, GUEST, { slug });
    const rows = await db.donations.wall({ campaignId: campaign.id, after: null, limit: WALL + 1 });
    const items = rows.slice(0, WALL);
    const last = items.at(-1);
    const nextCursor = rows.length > WALL && last ? Buffer.from(last.id).toString('base64url') : null;
    const updates = await listUpdates(db, GUEST, { campaignId: campaign.id, limit: UPDATES });
    return { campaign, wall: { items: items.map(wallItem), nextCursor }, updates };
  };
