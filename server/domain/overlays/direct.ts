import { acting, type Tx } from '../../db/open.ts';
import type { OverlayRow } from '../../db/overlays.ts';
import { type OverlayEvents, overlayFeed } from '../../protocol/feeds.ts';
import type {
  OverlaySettings,
  OverlayView,
  ReplayRequest,
  SkipRequest,
  TestAlertRequest,
} from '../../protocol/overlays.ts';
import { lockAs, onlyEditors, type User } from '../campaigns/access.ts';
import { Refusal } from '../refusal.ts';
import { type House, noOverlay } from './make.ts';
import { overlayView } from './present.ts';

// What the team says to its overlay. Everything reaches it as an event of its own feed, in order, once.

/** Throws Refusal: not-found, forbidden. */
export async function setOverlay(
  house: House,
  user: User,
  { campaignId, settings }: { campaignId: string; settings: OverlaySettings },
): Promise<OverlayView> {
  const row = await say(house, user, campaignId, 'overlay.changed', async (tx, { id }) => {
    await tx.overlays.set(id, settings);
    return { settings };
  });
  return overlayView({ ...row, settings });
}

/** An alert of a made-up gift, which the overlay shows as a test. Throws Refusal: not-found, forbidden. */
export async function testAlert(
  house: House,
  user: User,
  { campaignId, gift }: { campaignId: string } & TestAlertRequest,
): Promise<void> {
  await say(house, user, campaignId, 'alert.test', async () => ({ gift }));
}

/**
 * Tells a gift again. The event names it and says no word of it: the overlay reads what the public may see by then, so
 * that nothing has to be taken back from one more place. Throws Refusal: not-found, forbidden.
 */
export async function replayAlert(
  house: House,
  user: User,
  { campaignId, donationId }: { campaignId: string } & ReplayRequest,
): Promise<void> {
  await say(house, user, campaignId, 'alert.replayed', async (tx) => {
    if (!(await tx.donations.shown({ id: donationId, campaignId }))) throw noGift();
    return { donationId };
  });
}

/** Ends the alert that is shown, and with `all` drops those that wait. Throws Refusal: not-found, forbidden. */
export async function skipAlert(
  house: House,
  user: User,
  { campaignId, what }: { campaignId: string } & SkipRequest,
): Promise<void> {
  await say(house, user, campaignId, 'alert.skipped', async () => ({ what }));
}

async function say<T extends keyof OverlayEvents>(
  { db, bus }: House,
  user: User,
  campaignId: string,
  type: T,
  deed: (tx: Tx, open: OverlayRow) => Promise<OverlayEvents[T]>,
): Promise<OverlayRow> {
  const { open, news } = await acting(db, 'system', 'overlays.direct', async (tx) => {
    onlyEditors(await lockAs(tx, user, campaignId));
    const open = await tx.overlays.openOf(campaignId);
    if (!open) throw noOverlay();
    const data = await deed(tx, open);
    return { open, news: await tx.feeds.append([{ feed: overlayFeed(open.id), type, data }]) };
  });
  bus.publish(news);
  return open;
}

export const noGift = (): Refusal => new Refusal('not-found', 'There is no such gift to show.');
