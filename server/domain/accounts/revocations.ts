import { type News, REVOCATIONS, type RevocationEvents } from '../../protocol/feeds.ts';
import { ACCESS_TOKEN_MS } from './tokens.ts';

/** Beyond it the oldest are forgotten, and every token from before the last forgotten one is refused with them. */
const REVOCATIONS_MAX = 50_000;

/**
 * What this process has heard of ended sessions and changed rights, kept until the last access token that it could
 * concern has run out. Times are milliseconds since 1970 by this process's clock.
 */
export type Revocations = {
  /**
   * From `at` (default now) on, tokens of this family, or with null all tokens of the user issued until then, are
   * refused. Call it after the commit: then no token with the old rights can be younger.
   */
  revoked(userId: string, sessionFamily: string | null, at?: number): void;
  /** Takes what the `revocations` feed says; news of other feeds is left alone. */
  hear(news: News): void;
  isRevoked(token: { userId: string; family: string; issuedAt: number }): boolean;
  readonly size: number;
};

export function revocations({
  now = () => new Date(),
  max = REVOCATIONS_MAX,
}: {
  now?: () => Date;
  max?: number;
} = {}): Revocations {
  // Key to time; a Map keeps the order in which they were set, so the oldest stand first.
  const heard = new Map<string, number>();
  let floor = 0;

  const forget = () => {
    const done = now().getTime() - ACCESS_TOKEN_MS;
    for (const [key, at] of heard) {
      if (at > done && heard.size <= max) return;
      heard.delete(key);
      if (at > done) floor = Math.max(floor, at);
    }
  };

  const revoked = (userId: string, sessionFamily: string | null, at = now().getTime()): void => {
    const key = sessionFamily ?? userId;
    const latest = Math.max(at, heard.get(key) ?? 0);
    heard.delete(key);
    heard.set(key, latest);
    forget();
  };

  return {
    revoked,
    hear({ feed, events }) {
      if (feed !== REVOCATIONS) return;
      for (const { data } of events) {
        const { userId, sessionFamily } = data as RevocationEvents['session.revoked'];
        revoked(userId, sessionFamily);
      }
    },
    isRevoked: ({ userId, family, issuedAt }) =>
      issuedAt <= floor || heard.has(family) || issuedAt <= (heard.get(userId) ?? 0),
    get size() {
      return heard.size;
    },
  };
}
