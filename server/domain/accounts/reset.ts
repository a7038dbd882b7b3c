import type { Bus } from '../../bus.ts';
import { acting, type Db } from '../../db/open.ts';
import { Refusal } from '../refusal.ts';
import type { Passwords } from './passwords.ts';
import { newRefreshToken, refreshTokenHash } from './refresh-token.ts';
import type { Revocations } from './revocations.ts';
import { revocationNews } from './revoke.ts';

/** How long a link for a new password works. */
export const RESET_MS = 30 * 60_000;

/** Asks for a link. Whether there is such an account is found out later, by the job that writes the mail. */
export const askForReset = (db: Db, email: string, id: string): Promise<null> =>
  acting(db, 'system', 'accounts.ask-for-reset', (tx) =>
    tx.outbox.queue([{ key: `password-reset:${id}`, to: email, template: 'password-reset' }]),
  );

/** A token for the account of this address, in place of the ones before it; null if there is none to be had. */
export function openReset({ db, now }: { db: Db; now: () => Date }, email: string): Promise<string | null> {
  return acting(db, 'system', 'accounts.open-reset', async (tx) => {
    const user = await tx.users.byEmail(email);
    if (!user || user.banned_at) return null;
    const token = newRefreshToken();
    await tx.resets.forget(user.id);
    await tx.resets.insert({
      tokenHash: hashOf(token),
      userId: user.id,
      expiresAt: new Date(now().getTime() + RESET_MS),
    });
    return token;
  });
}

/**
 * Sets a new password, once for each token, and ends every session of the account.
 * Throws Refusal 'invalid-input' if the token is unknown, used or too old, or the password too long.
 */
export async function resetPassword(
  {
    db,
    bus,
    passwords,
    revocations,
    now,
  }: { db: Db; bus: Bus; passwords: Passwords; revocations: Revocations; now: () => Date },
  { token, password }: { token: string; password: string },
): Promise<void> {
  const at = now();
  // Before anything is locked: a hash takes a quarter of a second.
  const passwordHash = await passwords.hash(password);
  const { userId, news } = await acting(db, 'system', 'accounts.reset-password', async (tx) => {
    const tokenHash = refreshTokenHash(token);
    const id = tokenHash && (await tx.resets.use(tokenHash, at));
    const user = id ? await tx.users.lock(id) : null;
    if (!tokenHash || !user || user.banned_at) {
      throw new Refusal('invalid-input', 'This link does not work any more. Please ask for a new one.', {
        errors: [{ path: 'token', message: 'token is unknown, used or too old' }],
      });
    }
    await tx.users.setPassword(user.id, passwordHash);
    // Whoever reads the mail has shown that the address is theirs.
    await tx.users.verifyEmail({ id: user.id, email: user.email, now: at });
    await tx.sessions.revokeFamilies(await tx.sessions.liveFamilies(user.id, at), at);
    await tx.outbox.queue([
      {
        key: `password-changed:${tokenHash.toString('hex')}`,
        userId: user.id,
        template: 'password-changed',
      },
    ]);
    return { userId: user.id, news: await tx.feeds.append(revocationNews(user.id, null, 'password')) };
  });
  revocations.revoked(userId, null);
  bus.publish(news);
}

function hashOf(token: string): Buffer {
  const hash = refreshTokenHash(token);
  if (!hash) throw new Error('a new token is not shaped like one');
  return hash;
}
