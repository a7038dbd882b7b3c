import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Db } from '../../db/open.ts';
import { acting } from '../../db/open.ts';
import type { Principal } from '../accounts/principal.ts';
import { Refusal } from '../refusal.ts';

/** A claim token lets whoever made a donation see it again without an account: an HMAC of its id, stored nowhere. */
export type Claims = {
  tokenOf(donationId: string): string;
  holds(donationId: string, token: string | undefined): boolean;
};

export function claims(secret: string): Claims {
  const mac = (donationId: string): Buffer =>
    createHmac('sha256', secret).update(`donation:${donationId}`).digest();
  return {
    tokenOf: (donationId) => mac(donationId).toString('base64url'),
    holds(donationId, token) {
      if (!token) return false;
      const theirs = Buffer.from(token, 'base64url');
      const ours = mac(donationId);
      return theirs.length === ours.length && timingSafeEqual(theirs, ours);
    },
  };
}

/** Passes if the caller holds the claim token or is the signed-in donor. Throws 'not-found' alike for all others. */
export async function mustBeDonor(
  { db, claims }: { db: Db; claims: Claims },
  {
    donationId,
    principal,
    claimToken,
  }: { donationId: string; principal: Principal; claimToken: string | undefined },
): Promise<void> {
  if (claims.holds(donationId, claimToken)) return;
  if (principal.kind === 'user' && (await isDonor(db, donationId, principal.userId))) return;
  throw new Refusal('not-found', 'There is no such donation, or it is not yours.');
}

/** Whether a user made this donation while signed in. */
export const isDonor = (db: Db, donationId: string, userId: string): Promise<boolean> =>
  acting(
    db,
    userId,
    'donations.is-donor',
    async (tx) => (await tx.donations.view(donationId))?.user_id === userId,
  );
