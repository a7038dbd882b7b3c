import type { Principal } from '../server/domain/accounts/principal.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { type FeedEvent, REVOCATIONS, type RevocationEvents } from '../server/protocol/feeds.ts';
import type { Followers } from './followers.ts';
import { RETRY_MS, REVOKED_MAX } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { hangUp, type LiveSocket } from './session.ts';

type Revoked = { at: number; number: number };
type Identify = (token: string | null) => Promise<Principal>;
export type Revocations = ReturnType<typeof revocations>;

/** A token tells its issue in whole seconds: one of the same second as a revocation may be the new one. */
const ISSUE_ROUNDING_MS = 1_000;

/**
 * Ends the connections of sessions that are no more, and keeps their tokens from opening new ones for as long as
 * those would still be valid. Until the feed is followed, only guests get in: a revocation might go unheard.
 */
export function revocations(options: {
  followers: Followers;
  sockets(): Iterable<LiveSocket>;
  /** How long an access token lives, in milliseconds. */
  tokenLifeMs: number;
  metrics: Metrics;
  fault(where: string, fault: unknown): void;
}) {
  const { followers, sockets, tokenLifeMs, metrics, fault } = options;
  /** Session families, and users with all of theirs, that were revoked: when, and as which one we heard of. */
  const families = new Map<string, Revoked>();
  const users = new Map<string, Revoked>();
  let heard = 0;
  /** 0 while the feed is not followed; every unheard stretch makes it another number. */
  let following = 0;
  let stretches = 0;
  let retry: NodeJS.Timeout | undefined;
  let isStopped = false;
  /** When a principal showed its token: in which stretch, and after which revocation. */
  const shown = new WeakMap<Principal, { stretch: number; heard: number }>();

  /** False if the session was revoked, or may have been while nobody listened, since its token was shown. */
  function stands(principal: Principal): boolean {
    if (principal.kind === 'guest') return true;
    const when = shown.get(principal);
    if (when?.stretch !== following || families.has(principal.family)) return false;
    const revoked = users.get(principal.userId);
    if (!revoked) return true;
    const issuedAt = principal.expiresAt - tokenLifeMs + ISSUE_ROUNDING_MS;
    return revoked.number <= when.heard && revoked.at <= issuedAt;
  }

  function close(isMeant: (principal: Principal) => boolean): void {
    for (const socket of sockets()) {
      if (socket.data.principal.kind === 'guest' || !isMeant(socket.data.principal)) continue;
      // Also a request that waits for its permission is void now.
      socket.data.version++;
      metrics.revoked.inc();
      hangUp(socket.conn);
    }
  }

  function hear(events: FeedEvent[] | null): void {
    if (!events) {
      // Somebody was revoked and we cannot say who: all have to show their tokens again.
      following = ++stretches;
      close(() => true);
      return;
    }
    for (const event of events) {
      const { userId, sessionFamily } = event.data as RevocationEvents['session.revoked'];
      remember(sessionFamily === null ? users : families, sessionFamily ?? userId, event.at);
      close(
        (who) => who.kind === 'user' && who.userId === userId && (sessionFamily ?? who.family) === who.family,
      );
    }
  }

  function remember(revoked: Map<string, Revoked>, key: string, at: string): void {
    revoked.delete(key);
    revoked.set(key, { at: Date.parse(at), number: ++heard });
    const over = Date.now() - 2 * tokenLifeMs;
    for (const [oldest, then] of revoked) {
      if (then.at > over && revoked.size <= REVOKED_MAX) break;
      revoked.delete(oldest);
    }
  }

  async function follow(): Promise<void> {
    try {
      if (isStopped) return;
      const isFollowed = await followers.listen(REVOCATIONS, hear);
      if (isFollowed) following = ++stretches;
      else throw new Error('there is no such feed');
    } catch (error) {
      if (isStopped) return;
      fault(`follow ${REVOCATIONS}`, error);
      retry = setTimeout(() => void follow(), RETRY_MS);
    }
  }

  return {
    follow,

    /** The feed went away under us: until it is followed again nobody signed in can be kept. */
    lost(): void {
      following = 0;
      close(() => true);
      void follow();
    },

    /** Who a token speaks for. Throws a Refusal if it speaks for nobody, or no longer. */
    async identified(identify: Identify, token: string | null): Promise<Principal> {
      if (token === null) return identify(null);
      const when = { stretch: following, heard };
      const startedAt = Date.now();
      if (when.stretch === 0) throw new Refusal('unavailable', 'Signing in is not possible at the moment.');
      const principal = await identify(token);
      if (principal.kind === 'guest') return principal;
      if (when.stretch !== following) throw new Refusal('unavailable', 'Please say again who you are.');
      shown.set(principal, when);
      if (!stands(principal) || principal.expiresAt <= startedAt)
        throw new Refusal('unauthenticated', 'This session has ended.');
      return principal;
    },

    stands,

    stop(): void {
      isStopped = true;
      clearTimeout(retry);
    },
  };
}
