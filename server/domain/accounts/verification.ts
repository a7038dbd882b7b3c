import { createHmac, timingSafeEqual } from 'node:crypto';
import { acting, type Db } from '../../db/open.ts';
import { Refusal } from '../refusal.ts';

/** Shows that somebody reads an address: an HMAC of account and address, stored nowhere, and void with another address. */
export type Verifications = {
  tokenOf(user: { id: string; email: string }): string;
  isRight(token: string, user: { id: string; email: string }): boolean;
};

const SHAPE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/;

export function verifications(secret: string): Verifications {
  const mac = ({ id, email }: { id: string; email: string }): Buffer =>
    createHmac('sha256', secret).update(`${id} ${email}`).digest();
  return {
    tokenOf: (user) => `${user.id}.${mac(user).toString('base64url')}`,
    isRight(token, user) {
      const theirs = Buffer.from(SHAPE.exec(token)?.[2] ?? '', 'base64url');
      const ours = mac(user);
      return theirs.length === ours.length && timingSafeEqual(theirs, ours);
    },
  };
}

/** Marks an account's address as read by whoever holds the token; again and again if they like. Throws 'invalid-input'. */
export async function verifyEmail(
  { db, verifications, now }: { db: Db; verifications: Verifications; now: () => Date },
  token: string,
): Promise<void> {
  const id = SHAPE.exec(token)?.[1];
  const isDone = await acting(db, 'system', 'accounts.verify-email', async (tx) => {
    const user = id ? await tx.users.byId(id) : null;
    if (!user || !verifications.isRight(token, user)) return false;
    await tx.users.verifyEmail({ id: user.id, email: user.email, now: now() });
    return true;
  });
  if (isDone) return;
  throw new Refusal('invalid-input', 'This link does not work. Please ask for a new one.', {
    errors: [{ path: 'token', message: 'token is not one of ours' }],
  });
}

/** Sends the mail again; the caller's limit says how often. */
export const askForVerification = (db: Db, userId: string, id: string): Promise<null> =>
  acting(db, 'system', 'accounts.ask-for-verification', (tx) =>
    tx.outbox.queue([{ key: `verify-email:${id}`, userId, template: 'verify-email' }]),
  );
