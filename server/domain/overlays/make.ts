import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import type { OverlayRow } from '../../db/overlays.ts';
import { type OverlayEvents, overlayFeed } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import type { OverlaySettings, OverlayView } from '../../protocol/overlays.ts';
import { conflict, isPublic, lockAs, onlyEditors, type User } from '../campaigns/access.ts';
import { Refusal } from '../refusal.ts';
import { overlayView } from './present.ts';
import { hashOf, type OverlaySecrets } from './secret.ts';

export type House = { db: Db; bus: Bus; now: () => Date };
type Making = House & { overlaySecrets: OverlaySecrets };

const FIRST_SETTINGS: OverlaySettings = {
  theme: 'malam',
  language: 'id',
  alertFrom: rupiah(0),
  alertSeconds: 8,
  sound: true,
  message: true,
  speech: false,
  voice: 'id-ID',
  speechFrom: rupiah(50_000),
};

/**
 * Makes the campaign's overlay and its link. It may run again with the same id after a crash and then changes nothing.
 * Throws Refusal: not-found, forbidden, conflict if there is one already.
 */
export async function makeOverlay(
  house: Making,
  user: User,
  { id, campaignId }: { id: string; campaignId: string },
): Promise<OverlayView> {
  return begin(house, user, { id, campaignId, tag: 'overlays.make' }, async (_tx, open) => {
    if (open) throw conflict('This campaign has an overlay. Renew its link if you need another one.');
    return { settings: FIRST_SETTINGS, events: [] };
  });
}

/**
 * Makes a new link with the settings of the old one, which is worth nothing from then on: whoever shows it is told, and
 * hears of no test and no change any more. Throws Refusal: not-found, forbidden.
 */
export async function renewOverlay(
  house: Making,
  user: User,
  { id, campaignId }: { id: string; campaignId: string },
): Promise<OverlayView> {
  return begin(house, user, { id, campaignId, tag: 'overlays.renew' }, async (tx, open) => {
    if (!open) throw noOverlay();
    await tx.overlays.revoke(open.id, house.now());
    return { settings: open.settings, events: [ended(open)] };
  });
}

async function begin(
  { db, bus, now, overlaySecrets }: Making,
  user: User,
  { id, campaignId, tag }: { id: string; campaignId: string; tag: string },
  after: (tx: Tx, open: OverlayRow | null) => Promise<{ settings: OverlaySettings; events: NewEvent[] }>,
): Promise<OverlayView> {
  const { row, news } = await acting(db, 'system', tag, async (tx) => {
    const campaign = await lockAs(tx, user, campaignId);
    onlyEditors(campaign);
    if (!isPublic(campaign.status)) throw conflict('An overlay shows a campaign that is public.');
    const known = await tx.overlays.find(id);
    if (known) return { row: known, news: [] };
    const open = await tx.overlays.openOf(campaignId);
    const { settings, events } = await after(tx, open);
    await tx.feeds.open([overlayFeed(id)]);
    await tx.overlays.insert({
      id,
      campaignId,
      secretHash: hashOf(overlaySecrets.of(id)),
      settings,
      createdBy: user.userId,
      now: now(),
    });
    const row = await tx.overlays.find(id);
    if (!row) throw new Error('the overlay that was just written is not there');
    return { row, news: await tx.feeds.append(events) };
  });
  bus.publish(news);
  return overlayView(row);
}

/** Withdraws the link; again changes nothing. Throws Refusal: not-found, forbidden. */
export async function revokeOverlay({ db, bus, now }: House, user: User, campaignId: string): Promise<void> {
  const news = await acting(db, 'system', 'overlays.revoke', async (tx) => {
    onlyEditors(await lockAs(tx, user, campaignId));
    const open = await tx.overlays.openOf(campaignId);
    if (!open) return [];
    await tx.overlays.revoke(open.id, now());
    return tx.feeds.append([ended(open)]);
  });
  bus.publish(news);
}

const ended = ({ id }: OverlayRow): NewEvent => ({
  feed: overlayFeed(id),
  type: 'overlay.revoked',
  data: {} satisfies OverlayEvents['overlay.revoked'],
});

export const noOverlay = (): Refusal => new Refusal('not-found', 'This campaign has no overlay.');
