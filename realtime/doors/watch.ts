import type { Principal } from '../../server/domain/accounts/principal.ts';
import { watch as schema } from '../../server/protocol/schemas/sockets.ts';
import { FEEDS_MAX, type Refused, type Watch, type Watched } from '../../server/protocol/sockets.ts';
import { type Door, door } from '../door.ts';
import type { Follower } from '../follower.ts';
import type { Followers } from '../followers.ts';
import { FULL_RETRY_MS, RETRY_MS } from '../limits.ts';
import type { LiveSocket } from '../session.ts';

/** How often a request starts over because something changed while it waited. */
const TRIES_MAX = 4;
const ASK_AGAIN: Refused = { ok: false, code: 'unavailable', retryAfterMs: RETRY_MS };
const FULL: Refused = { ok: false, code: 'unavailable', retryAfterMs: FULL_RETRY_MS };

/**
 * Lets a socket into a feed, or brings one up to date that is in it already. Permission and feed may take a wait;
 * from the last look at both to the answer there is none. So the socket neither misses nor repeats an event, and
 * nobody gets in who left, changed their mind or became another person meanwhile.
 */
export function watch({
  followers,
  mayWatch,
}: {
  followers: Followers;
  mayWatch(principal: Principal, feed: string, claimToken?: string): Promise<boolean>;
}): Door {
  return door<Watch, Watched>(schema, async (socket, { feed, epoch, since, claimToken }, answer) => {
    const session = socket.data;
    if (!session.wanted.has(feed) && session.wanted.size >= FEEDS_MAX) {
      answer({ ok: false, code: 'too-many-feeds' });
      return;
    }
    const ticket = session.wanted.get(feed) ?? {};
    session.wanted.set(feed, ticket);
    const isWanted = () => socket.connected && session.wanted.get(feed) === ticket;
    const refuse = (refused: Refused) => {
      if (session.wanted.get(feed) === ticket) leave(socket, followers, feed);
      answer(refused);
    };
    try {
      for (let tries = 0; tries < TRIES_MAX && isWanted(); tries++) {
        const { version, principal } = session;
        const isAllowed = await mayWatch(principal, feed, claimToken);
        if (session.version !== version) continue;
        if (!isAllowed)
          return refuse({ ok: false, code: principal.kind === 'guest' ? 'unauthenticated' : 'forbidden' });

        const follower = await followers.hold(feed);
        if (follower === null) return refuse({ ok: false, code: 'not-found' });
        if (follower === undefined) return refuse(FULL);
        try {
          // Who comes from a process that has heard more, while Redis was away here, must not be set back to an older state.
          const isAhead = since !== undefined && since > follower.head;
          if (isAhead || !follower.answer(epoch, since)) await follower.refresh();

          // No wait from here on.
          const watched = follower.answer(epoch, since);
          if (!isWanted() || session.version !== version || !follower.isOpen || !watched) continue;
          join(socket, followers, follower);
          answer(watched);
          return;
        } finally {
          followers.release(follower);
        }
      }
      answer(ASK_AGAIN);
    } finally {
      if (session.wanted.get(feed) === ticket && !session.joined.has(feed)) session.wanted.delete(feed);
    }
  });
}

function join(socket: LiveSocket, followers: Followers, follower: Follower): void {
  const { joined } = socket.data;
  const before = joined.get(follower.feed);
  if (before === follower) return;
  if (before) part(followers, before);
  joined.set(follower.feed, follower);
  followers.keep(follower);
  follower.joined();
  void socket.join(follower.feed);
}

function part(followers: Followers, follower: Follower): void {
  follower.left();
  followers.release(follower);
}

/** Takes a socket out of a feed, whether it had joined or was only asking. */
export function leave(socket: LiveSocket, followers: Followers, feed: string): void {
  const { wanted, joined } = socket.data;
  wanted.delete(feed);
  const follower = joined.get(feed);
  if (!follower) return;
  joined.delete(feed);
  part(followers, follower);
  void socket.leave(feed);
}
