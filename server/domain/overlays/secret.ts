import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Db } from '../../db/open.ts';
import { acting } from '../../db/open.ts';

/**
 * A link's secret is an HMAC of the overlay's id, so that a call that is repeated tells the same one although it is
 * stored nowhere. What is kept is its hash: the database alone opens no overlay, and a new server key breaks no link.
 */
export type OverlaySecrets = { of(overlayId: string): string };

export function overlaySecrets(key: string): OverlaySecrets {
  return { of: (id) => createHmac('sha256', key).update(`overlay:${id}`).digest('base64url') };
}

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Whether the secret opens this overlay now: not one of another campaign, and not one that was renewed. */
export async function holdsOverlay(db: Db, id: string, secret: string | undefined): Promise<boolean> {
  if (!secret) return false;
  const row = await acting(db, 'system', 'overlays.holds', (tx) => tx.overlays.find(id));
  return row !== null && row.revoked_at === null && timingSafeEqual(row.secret_hash, hashOf(secret));
}
