import type { Principal } from '../server/domain/accounts/principal.ts';
import { parseFeed } from '../server/protocol/feeds.ts';
import { hangUp, type LiveSocket } from './session.ts';

/**
 * Who is on a campaign's team is no part of a token, and no revocation tells that it ended: whoever watches a team's
 * feed is looked at again every so often. Who has left it loses the connection, comes back and is refused.
 */
export function recheck({
  sockets,
  everyMs,
  mayWatch,
  revoked,
  fault,
}: {
  sockets(): Iterable<LiveSocket>;
  everyMs: number;
  mayWatch(principal: Principal, feed: string): Promise<boolean>;
  revoked(): void;
  fault(where: string, fault: unknown): void;
}) {
  let isChecking = false;

  async function check(): Promise<void> {
    if (isChecking) return;
    isChecking = true;
    try {
      /** One question for each person and feed, however many pages they have open. */
      const answers = new Map<string, boolean>();
      for (const socket of [...sockets()]) {
        for (const feed of [...socket.data.joined.keys()]) {
          const { principal, version } = socket.data;
          if (parseFeed(feed).kind !== 'owner' || principal.kind === 'guest') continue;
          const key = `${principal.userId} ${feed}`;
          const isAllowed = answers.get(key) ?? (await mayWatch(principal, feed));
          answers.set(key, isAllowed);
          if (isAllowed || socket.data.version !== version || !socket.data.joined.has(feed)) continue;
          socket.data.version++;
          revoked();
          hangUp(socket.conn);
        }
      }
    } catch (error) {
      fault('look again at who watches', error);
    } finally {
      isChecking = false;
    }
  }
  const clock = setInterval(() => void check(), everyMs);
  return { stop: () => clearInterval(clock) };
}
