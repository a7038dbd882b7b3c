import type { Config } from '../server/config.ts';
import { GUEST } from '../server/domain/accounts/principal.ts';
import { ACCESS_TOKEN_MS } from '../server/domain/accounts/tokens.ts';
import { mayWatch, readFeed, readHeads } from '../server/domain/feeds/watch.ts';
import type { Log } from '../server/log.ts';
import type { Ground } from '../server/wiring.ts';
import { realtime } from './io.ts';

/** Puts the live door on the house: what it may ask, who somebody is, and what joins it to its like. */
export const liveDoor = (ground: Ground, { config, log }: { config: Config; log: Log }) =>
  realtime({
    source: {
      read: (feed, since) => readFeed(ground.db, feed, since),
      heads: (feeds) => readHeads(ground.db, feeds),
    },
    bus: ground.bus,
    ...(ground.redis ? { adapter: ground.redis.adapter() } : {}),
    identify: async (token) => (token === null ? GUEST : ground.tokens.verify(token)),
    mayWatch: (principal, feed, claimToken) => mayWatch(ground, { principal, feed, claimToken }),
    tokenLifeMs: ACCESS_TOKEN_MS,
    origins: [config.publicUrl],
    trustedHops: config.trustProxy,
    fault: log.fault,
    registry: log.metrics,
    drainMs: config.drainMs,
  });
