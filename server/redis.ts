import { createAdapter } from '@socket.io/redis-adapter';
import { Redis, type RedisOptions } from 'ioredis';
import type { Bus } from './bus.ts';
import type { News } from './protocol/feeds.ts';

/** Each option answers a failure that was seen: see docs/decisions/0016. */
const PATIENCE_MS = 1_000;
const RECONNECT_MS_MAX = 1_000;
/** How often a subscription that says nothing is asked whether it lives: a cut cable sends no goodbye. */
const PING_EVERY_MS = 2_000;

const CHANNEL = 'sk:news:';
/** What nobody sends by itself; longer is not ours. */
const NEWS_LENGTH_MAX = 4_000_000;

export type RedisLinks = ReturnType<typeof openRedis>;

/**
 * The clients of one process. Redis may be down when they are opened and at any time later: what is asked of it then
 * fails at once, is counted, and stops nothing. `onFault` hears of what failed, `onLost` of news that was not published.
 */
export function openRedis({
  url,
  onLost,
  ...options
}: {
  url: string;
  onFault(fault: unknown): void;
  onLost(news: number): void;
}) {
  let isClosed = false;
  const onFault = (fault: unknown): void => {
    if (!isClosed) options.onFault(fault);
  };
  const shared: RedisOptions = {
    connectTimeout: PATIENCE_MS,
    // Whoever accepts a connection and never answers its greeting would be waited for for ever.
    socketTimeout: 2 * PATIENCE_MS,
    keepAlive: 10_000,
    retryStrategy: (times) =>
      Math.min(50 * 2 ** Math.min(times, 8), RECONNECT_MS_MAX) * (0.5 + Math.random() / 2),
  };
  const asking: RedisOptions = {
    ...shared,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    commandTimeout: PATIENCE_MS,
  };
  const hearing: RedisOptions = { ...shared, maxRetriesPerRequest: null };

  const opened: Redis[] = [];
  const clocks: NodeJS.Timeout[] = [];
  const open = (options: RedisOptions): Redis => {
    const client = new Redis(url, options);
    // One sentence for an outage, not one for each try.
    let isDown = false;
    client.on('error', (fault) => {
      if (!isDown) onFault(fault);
      isDown = true;
    });
    client.on('ready', () => {
      isDown = false;
    });
    opened.push(client);
    return client;
  };
  const watched = (client: Redis): Redis => {
    const clock = setInterval(() => {
      if (client.status !== 'ready') return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the subscription is dead')), PATIENCE_MS);
      });
      Promise.race([client.ping(), late])
        .catch(() => client.disconnect(true))
        .finally(() => clearTimeout(timer));
    }, PING_EVERY_MS);
    clocks.push(clock);
    return client;
  };

  return {
    /** Brings news from every process to every process that follows its feed. */
    bus(): Bus {
      return redisBus({ publisher: open(asking), subscriber: watched(open(hearing)), onFault, onLost });
    },

    /** For counters that several processes share. */
    counters: (): Redis => open(asking),

    /** What realtime processes tell each other: how many watch, and whom to disconnect. */
    adapter() {
      const publisher = open(asking);
      // The adapter publishes without looking what becomes of it: a rejection would end the process.
      const publish = publisher.publish.bind(publisher);
      publisher.publish = (async (channel: string, message: string | Buffer) => {
        if (publisher.status !== 'ready') return 0;
        return publish(channel, message).catch(() => 0);
      }) as Redis['publish'];
      return createAdapter(publisher, watched(open(hearing)), { publishOnSpecificResponseChannel: true });
    },

    close(): void {
      isClosed = true;
      for (const clock of clocks) clearInterval(clock);
      for (const client of opened) client.disconnect();
    },
  };
}

/** Over one channel for each feed, so that a process hears only what somebody there watches. */
export function redisBus({
  publisher,
  subscriber,
  onFault,
  onLost,
}: {
  publisher: Redis;
  subscriber: Redis;
  onFault(fault: unknown): void;
  onLost(news: number): void;
}): Bus {
  const listeners = new Set<(news: News) => void>();
  const followed = new Map<string, number>();

  subscriber.on('message', (channel: string, message: string) => {
    if (!channel.startsWith(CHANNEL) || message.length > NEWS_LENGTH_MAX) return;
    const news = read(message);
    if (!news) return onFault(new Error('what came over Redis is no news'));
    for (const listen of listeners) {
      try {
        listen(news);
      } catch (fault) {
        onFault(fault);
      }
    }
  });

  return {
    publish(all) {
      if (all.length === 0) return;
      if (publisher.status !== 'ready') return onLost(all.length);
      const pipeline = publisher.pipeline();
      for (const news of all) pipeline.publish(CHANNEL + news.feed, JSON.stringify(news));
      pipeline.exec().then(
        (answers) => {
          const lost = answers?.filter(([fault]) => fault !== null).length ?? all.length;
          if (lost > 0) onLost(lost);
        },
        () => onLost(all.length),
      );
    },

    subscribe(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },

    follow(feed) {
      const channel = CHANNEL + feed;
      const before = followed.get(feed) ?? 0;
      followed.set(feed, before + 1);
      // While Redis is away the client keeps this to itself until it is back; whoever follows reads heads meanwhile.
      if (before === 0) subscriber.subscribe(channel).catch(onFault);
      return () => {
        const left = (followed.get(feed) ?? 1) - 1;
        if (left > 0) return void followed.set(feed, left);
        followed.delete(feed);
        subscriber.unsubscribe(channel).catch(onFault);
      };
    },

    isSound: () => subscriber.status === 'ready',
  };
}

function read(message: string): News | null {
  try {
    const news = JSON.parse(message) as Partial<News> | null;
    const isNews =
      typeof news?.feed === 'string' &&
      typeof news.epoch === 'string' &&
      Number.isSafeInteger(news.from) &&
      Number.isSafeInteger(news.to) &&
      Array.isArray(news.events);
    return isNews ? (news as News) : null;
  } catch {
    return null;
  }
}
