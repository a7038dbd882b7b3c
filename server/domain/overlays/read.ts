import { acting, type Db } from '../../db/open.ts';
import type { WallItem } from '../../protocol/donations.ts';
import type { OverlayPage, OverlayView } from '../../protocol/overlays.ts';
import { mustEdit, type User } from '../campaigns/access.ts';
import { wallItem } from '../donations/present.ts';
import { Refusal } from '../refusal.ts';
import { noGift } from './direct.ts';
import { overlayPage, overlayView } from './present.ts';
import { hashOf } from './secret.ts';

/** For the team; null while there is none. Throws Refusal: not-found, forbidden. */
export async function readOverlay(db: Db, user: User, campaignId: string): Promise<OverlayView | null> {
  await mustEdit(db, user, campaignId);
  const row = await acting(db, 'system', 'overlays.read', (tx) => tx.overlays.openOf(campaignId));
  return row && overlayView(row);
}

/** For whoever holds the link. Throws Refusal 'not-found' alike for a wrong, an old and a missing secret. */
export async function openOverlay(db: Db, secret: string | undefined): Promise<OverlayPage> {
  const row =
    secret && (await acting(db, 'system', 'overlays.open', (tx) => tx.overlays.bySecret(hashOf(secret))));
  if (!row) throw new Refusal('not-found', 'This link opens no overlay. It may have been renewed.');
  return overlayPage(row);
}

/** A gift of the overlay's campaign as the public may see it now. Throws Refusal 'not-found'. */
export async function readGift(db: Db, secret: string | undefined, donationId: string): Promise<WallItem> {
  const { campaign } = await openOverlay(db, secret);
  const row = await acting(db, 'system', 'overlays.gift', (tx) =>
    tx.donations.shown({ id: donationId, campaignId: campaign.id }),
  );
  if (!row) throw noGift();
  return wallItem(row);
}
