import { v7 as uuidv7 } from 'uuid';
import type { Bus } from '../../bus.ts';
import { acting, type Db, isUniqueViolation, type Tx } from '../../db/open.ts';
import { EMAIL_UNIQUE, type UserRow } from '../../db/users.ts';
import type { Locale, LoginRequest, RegisterRequest, SignedIn, UserView } from '../../protocol/accounts.ts';
import { type News, userFeed } from '../../protocol/feeds.ts';
import { Refusal } from '../refusal.ts';
import type { Passwords } from './passwords.ts';
import { newRefreshToken, refreshTokenHash } from './refresh-token.ts';
import type { Revocations } from './revocations.ts';
import { endFamilies } from './revoke.ts';
import type { Tokens } from './tokens.ts';

/** From sign-in to the end of its family, however often it is refreshed. */
export const SESSION_MS = 30 * 24 * 60 * 60_000;
/** Two tabs of one browser refresh with the same cookie: so late a second one is no sign of theft yet. */
export const REUSE_LEEWAY_MS = 15_000;
/** Sign-ins that one user may hold at a time; the oldest gives way. */
export const SESSIONS_MAX = 20;
const USER_AGENT_MAX = 200;

/** What a door hands to its caller: the answer, and apart from it the refresh token for the cookie. */
export type Opened = { answer: SignedIn; refreshToken: string; refreshUntil: Date };

export type Accounts = {
  /** Makes an account and signs it in. Throws Refusal 'email-taken'. */
  register(request: RegisterRequest, userAgent?: string, locale?: Locale): Promise<Opened>;
  /** Throws Refusal 'wrong-credentials', the same and as late for an unknown e-mail; 'forbidden' if banned. */
  login(request: LoginRequest, userAgent?: string): Promise<Opened>;
  /**
   * Exchanges a refresh token for the next one and a new access token. Throws Refusal 'unauthenticated' if the
   * token is unknown, ended or was exchanged before, which also ends its family; 'conflict' if it was exchanged
   * less than 15 s ago.
   */
  refresh(refreshToken: string, userAgent?: string): Promise<Opened>;
  /** Ends the token's family; knows no failure, so that signing out twice is fine. */
  logout(refreshToken: string): Promise<void>;
  /** The user as the database knows them now. Throws Refusal 'unauthenticated' if gone or banned. */
  me(userId: string): Promise<UserView>;
};

export function accounts({
  db,
  bus,
  passwords,
  tokens,
  revocations,
  now = () => new Date(),
}: {
  db: Db;
  bus: Bus;
  passwords: Passwords;
  tokens: Tokens;
  revocations: Revocations;
  now?: () => Date;
}): Accounts {
  /** After the commit: first this process, at once, then everyone else. */
  const say = (news: News[]): void => {
    for (const each of news) revocations.hear(each);
    bus.publish(news);
  };

  const opened = (user: UserRow, session: Issued, at: Date): Opened => {
    const { accessToken, expiresAt } = tokens.issue({
      userId: user.id,
      roles: user.roles,
      family: session.family,
      at,
    });
    return {
      answer: { user: userView(user), accessToken, expiresAt: expiresAt.toISOString() },
      refreshToken: session.refreshToken,
      refreshUntil: session.expiresAt,
    };
  };

  return {
    async register({ email, password, name }, userAgent, locale = 'id') {
      const at = now();
      const passwordHash = await passwords.hash(password);
      const id = uuidv7();
      try {
        return await acting(db, 'system', 'accounts.register', async (tx) => {
          const user = await tx.users.insert({ id, email, name, passwordHash, locale });
          const session = await begin(tx, { userId: id, at, userAgent });
          await tx.outbox.queue([{ key: `verify-email:${id}`, userId: id, template: 'verify-email' }]);
          await tx.feeds.open([userFeed(id)]);
          return opened(user, session, at);
        });
      } catch (error) {
        if (!isUniqueViolation(error, EMAIL_UNIQUE)) throw error;
        throw new Refusal('email-taken', 'This e-mail address has an account already. Please sign in.', {
          errors: [{ path: 'email', message: 'email has an account already' }],
        });
      }
    },

    async login({ email, password }, userAgent) {
      // PostgreSQL has no text with a zero byte in it, and so no such e-mail.
      const known = email.includes('\0')
        ? null
        : await acting(db, 'system', 'accounts.find', (tx) => tx.users.byEmail(email));
      const right = await passwords.verify(password, known?.password_hash ?? null);
      if (!known || !right) throw wrongCredentials();

      const at = now();
      const { result, news } = await acting(db, 'system', 'accounts.login', async (tx) => {
        const user = await tx.users.lock(known.id);
        // While the hash was computed, the password may have been changed and every session ended for it.
        if (user?.password_hash !== known.password_hash) throw wrongCredentials();
        if (user.banned_at) throw new Refusal('forbidden', 'This account is closed. Please write to us.');
        const held = await tx.sessions.liveFamilies(user.id, at);
        const families = held.slice(0, Math.max(0, held.length - SESSIONS_MAX + 1));
        const events = await endFamilies(tx, { userId: user.id, families, reason: 'sign_out', at });
        const session = await begin(tx, { userId: user.id, at, userAgent });
        return { result: opened(user, session, at), news: await tx.feeds.append(events) };
      });
      say(news);
      return result;
    },

    async refresh(refreshToken, userAgent) {
      const tokenHash = refreshTokenHash(refreshToken);
      if (!tokenHash) throw signInAgain();
      // Before the roles are read, so that a token with older roles is older than their change.
      const at = now();
      const { result, news } = await acting(db, 'system', 'accounts.refresh', async (tx) => {
        const user = await tx.users.lockByToken(tokenHash);
        // Read under the lock: whoever came with the same token a moment ago is done.
        const token = user && (await tx.sessions.find(tokenHash));
        if (!token || token.revoked_at || token.expires_at <= at || user.banned_at) throw signInAgain();

        if (token.rotated_at) {
          if (at.getTime() - token.rotated_at.getTime() <= REUSE_LEEWAY_MS) {
            throw new Refusal('conflict', 'This session was refreshed a moment ago. Please ask again.', {
              retryAfter: 1,
            });
          }
          const families = [token.family];
          const events = await endFamilies(tx, { userId: user.id, families, reason: 'reuse', at });
          // Not thrown in here: that would roll the revocation back.
          return { result: null, news: await tx.feeds.append(events) };
        }

        await tx.sessions.rotate(token.id, at);
        const next = await begin(tx, { userId: user.id, at, userAgent, continues: token });
        return { result: opened(user, next, at), news: [] };
      });
      say(news);
      if (!result) throw signInAgain();
      return result;
    },

    async logout(refreshToken) {
      const tokenHash = refreshTokenHash(refreshToken);
      if (!tokenHash) return;
      const at = now();
      const news = await acting(db, 'system', 'accounts.logout', async (tx) => {
        const user = await tx.users.lockByToken(tokenHash);
        const token = user && (await tx.sessions.find(tokenHash));
        if (!token || token.revoked_at) return [];
        const families = [token.family];
        return tx.feeds.append(await endFamilies(tx, { userId: user.id, families, reason: 'sign_out', at }));
      });
      say(news);
    },

    async me(userId) {
      const user = await acting(db, userId, 'accounts.me', (tx) => tx.users.byId(userId));
      if (!user || user.banned_at) throw signInAgain();
      return userView(user);
    },
  };
}

type Issued = { family: string; refreshToken: string; expiresAt: Date };

/** Writes a refresh token: the first of a new family, or the next of the one that it continues. */
async function begin(
  tx: Tx,
  {
    userId,
    at,
    userAgent,
    continues,
  }: {
    userId: string;
    at: Date;
    userAgent: string | undefined;
    continues?: { family: string; expires_at: Date };
  },
): Promise<Issued> {
  const id = uuidv7();
  const family = continues?.family ?? id;
  const expiresAt = continues?.expires_at ?? new Date(at.getTime() + SESSION_MS);
  const refreshToken = newRefreshToken();
  const tokenHash = refreshTokenHash(refreshToken);
  if (!tokenHash) throw new Error('a new refresh token is not shaped like one');
  await tx.sessions.insert({
    id,
    userId,
    family,
    tokenHash,
    createdAt: at,
    expiresAt,
    userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null,
  });
  return { family, refreshToken, expiresAt };
}

const userView = ({ id, email, email_verified_at, name, roles }: UserRow): UserView => ({
  id,
  email,
  emailVerified: email_verified_at !== null,
  name,
  roles,
});

const wrongCredentials = (): Refusal =>
  new Refusal('wrong-credentials', 'The e-mail address or the password is wrong.');

const signInAgain = (): Refusal =>
  new Refusal('unauthenticated', 'This session has ended. Please sign in again.');
