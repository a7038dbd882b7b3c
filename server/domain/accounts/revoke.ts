import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { acting, type Db, type Tx } from '../../db/open.ts';
import { REVOCATIONS, type RevocationEvents, type UserEvents, userFeed } from '../../protocol/feeds.ts';
import type { Revocations } from './revocations.ts';
import { ACCESS_TOKEN_MS } from './tokens.ts';

export type RevocationReason = RevocationEvents['session.revoked']['reason'];

/** More than any ten minutes see; older ones concern no living token. */
const REVOCATIONS_READ_MAX = 50_000;

/** The news of an ended session (or with null of everything a user holds), for machines and for that user's pages. */
export function revocationNews(
  userId: string,
  sessionFamily: string | null,
  reason: RevocationReason,
): NewEvent[] {
  const forMachines: RevocationEvents['session.revoked'] = { userId, sessionFamily, reason };
  const forUser: UserEvents['session.revoked'] = { reason };
  return [
    { feed: REVOCATIONS, type: 'session.revoked', data: forMachines },
    { feed: userFeed(userId), type: 'session.revoked', data: forUser },
  ];
}

/** Within the caller's transaction and under the user's lock: ends families. What to say of it is returned. */
export async function endFamilies(
  tx: Tx,
  {
    userId,
    families,
    reason,
    at,
  }: { userId: string; families: string[]; reason: RevocationReason; at: Date },
): Promise<NewEvent[]> {
  if (families.length === 0) return [];
  await tx.sessions.revokeFamilies(families, at);
  return families.flatMap((family) => revocationNews(userId, family, reason));
}

/** Ends every session of a user, on all devices; access tokens die where the revocations feed is followed. */
export async function revokeAll(
  {
    db,
    bus,
    revocations,
    now = () => new Date(),
  }: { db: Db; bus: Bus; revocations: Revocations; now?: () => Date },
  userId: string,
  reason: RevocationReason,
): Promise<void> {
  const at = now();
  const news = await acting(db, 'system', 'accounts.revoke-all', async (tx) => {
    const user = await tx.users.lock(userId);
    if (!user) return [];
    await tx.sessions.revokeFamilies(await tx.sessions.liveFamilies(userId, at), at);
    return tx.feeds.append(revocationNews(userId, null, reason));
  });
  revocations.revoked(userId, null);
  bus.publish(news);
}

/** For a process that starts: what the others heard in the last ten minutes, before it trusts any access token. */
export async function recallRevocations({
  db,
  revocations,
  now = () => new Date(),
}: {
  db: Db;
  revocations: Revocations;
  now?: () => Date;
}): Promise<void> {
  const since = new Date(now().getTime() - ACCESS_TOKEN_MS);
  const rows = await db.sessions.revocationsSince(since, REVOCATIONS_READ_MAX);
  for (const { at, data } of rows) revocations.revoked(data.userId, data.sessionFamily, at.getTime());
}
