import type { RequestHandler, Response } from 'express';
import { GUEST, holds, type Principal } from '../../domain/accounts/principal.ts';
import type { Tokens } from '../../domain/accounts/tokens.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { StaffRole } from '../../protocol/accounts.ts';

type User = Extract<Principal, { kind: 'user' }>;

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * Finds out who asks: a guest without an Authorization header, else whom the access token speaks for. A token that
 * is present and not good is 401, never a guest, so that a client learns to refresh it.
 */
export const authenticate =
  ({ tokens }: { tokens: Pick<Tokens, 'verify'> }): RequestHandler =>
  (req, res, next) => {
    const header = req.headers.authorization;
    const token = header === undefined ? undefined : BEARER.exec(header)?.[1];
    if (header !== undefined && token === undefined) {
      throw new Refusal('unauthenticated', 'Send the access token as "Authorization: Bearer <token>".');
    }
    res.locals.principal = token === undefined ? GUEST : tokens.verify(token);
    next();
  };

/** Whoever `authenticate` found; a guest where it has not run. */
export const principalOf = (res: Response): Principal =>
  (res.locals.principal as Principal | undefined) ?? GUEST;

/** The signed-in user. Throws Refusal 'unauthenticated' for a guest. */
export function signedIn(res: Response): User {
  const principal = principalOf(res);
  if (principal.kind !== 'user') throw new Refusal('unauthenticated', 'Please sign in first.');
  return principal;
}

/** The signed-in user if they hold one of the roles or are an admin. Throws Refusal 'forbidden' if not. */
export function staff(res: Response, ...roles: StaffRole[]): User {
  const user = signedIn(res);
  if (!holds(user, ...roles)) throw new Refusal('forbidden', 'Your role does not allow this.');
  return user;
}
