import type { Db } from '../db/open.ts';
import { GUEST } from '../domain/accounts/principal.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { listCampaigns } from '../domain/campaigns/list.ts';
import { wallItem } from '../domain/donations/present.ts';
import { Refusal } from '../domain/refusal.ts';
import { readStatement } from '../domain/settlements/statement.ts';
import { listUpdates } from '../domain/updates/list.ts';
import { campaignHead, siteHead, statementHead } from './head.ts';
import type { Boot } from './pages.ts';

const CAMPAIGN = /^\/c\/([a-z0-9-]{1,100})(\/give|\/ledger)?\/?$/i;
const CARDS = 12;
const WALL = 20;
const UPDATES = 3;
const MOVES = 20;

/** What the home page and a campaign's page show first, as a guest sees it, and what crawlers read of every page. */
export const boot =
  ({ db, now, publicUrl }: { db: Db; now: () => Date; publicUrl: string }): Boot =>
  async (path) => {
    const [, slug, rest = ''] = CAMPAIGN.exec(path) ?? [];
    if (!slug) {
      const data =
        path === '/'
          ? { campaigns: await listCampaigns({ db, now }, GUEST, { sort: 'newest', limit: CARDS }) }
          : null;
      return { status: 200, head: siteHead(publicUrl, path), data };
    }
    const campaign = await findCampaign(db, GUEST, { slug: slug.toLowerCase() }).catch((fault: unknown) => {
      if (fault instanceof Refusal && fault.code === 'not-found') return null;
      throw fault;
    });
    // Also what is not public yet: its team's page asks for itself, and nobody else learns that it is there.
    if (!campaign) return { status: 404, head: siteHead(publicUrl, path, { isListed: false }), data: null };
    const address = `/c/${campaign.slug}${rest.toLowerCase()}`;
    if (path !== address) return { movedTo: address };
    if (rest.toLowerCase() === '/ledger') {
      const statement = await readStatement(db, GUEST, { campaignId: campaign.id, limit: MOVES });
      return {
        status: 200,
        head: statementHead(publicUrl, campaign, statement.summary),
        data: { campaign, statement },
      };
    }
    const rows = await db.donations.wall({ campaignId: campaign.id, after: null, limit: WALL + 1 });
    const items = rows.slice(0, WALL);
    const last = items.at(-1);
    const nextCursor = rows.length > WALL && last ? Buffer.from(last.id).toString('base64url') : null;
    const updates = await listUpdates(db, GUEST, { campaignId: campaign.id, limit: UPDATES });
    return {
      status: 200,
      head: campaignHead(publicUrl, campaign),
      data: { campaign, wall: { items: items.map(wallItem), nextCursor }, updates },
    };
  };
