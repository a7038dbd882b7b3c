import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { acting, openDb } from '../../server/db/open.ts';
import { openRedis } from '../../server/redis.ts';
import { gifts } from '../fanout/gifts.ts';
import type { Kind } from './clients.ts';

/**
 * Tells gifts on several feeds while things break around it: as the house does, in a transaction first and over Redis
 * then if it is there; or by Socket.IO's Redis adapter, with its clients as they come.
 */
export type Telling = { to: Kind; feeds: string[]; perS: number; seconds: number };
/** The last number of each feed, and how many were told since the start. */
export type Telt = { heads: Record<string, number>; events: number };

const [, , databaseUrl, redisUrl] = process.argv;
if (!databaseUrl || !redisUrl) throw new Error('the benchmark starts this');

const db = openDb({ url: databaseUrl, max: 2, name: 'bench' });
const bus = openRedis({ url: redisUrl, onFault: () => {}, onLost: () => {} }).bus();
const gift = gifts();

/** Opened when it is needed: with Redis gone it may end the process, which is its own affair. */
function openStock(): (feed: string, seq: number) => void {
  const publisher = new Redis(redisUrl ?? '');
  const subscriber = publisher.duplicate();
  for (const client of [publisher, subscriber]) client.on('error', () => {});
  const node = new Server({ adapter: createAdapter(publisher, subscriber) });
  return (feed, seq) => {
    node.to(feed).emit('event', { seq, at: new Date().toISOString(), ...gift() });
  };
}
let stock: ReturnType<typeof openStock> | undefined;

async function tell({ to, feeds, perS, seconds }: Telling): Promise<Telt> {
  const heads: Record<string, number> = Object.fromEntries(feeds.map((feed) => [feed, 0]));
  const events = Math.round(perS * seconds);
  const started = performance.now();
  for (let nth = 0; nth < events; nth += 1) {
    const wait = (nth * 1_000) / perS - (performance.now() - started);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const feed = feeds[nth % feeds.length] ?? '';
    if (to === 'ours') {
      const news = await acting(db, 'system', 'bench.say', (tx) => tx.feeds.append([{ feed, ...gift() }]));
      bus.publish(news);
      heads[feed] = news[0]?.to ?? 0;
    } else {
      stock ??= openStock();
      const seq = (heads[feed] ?? 0) + 1;
      heads[feed] = seq;
      stock(feed, seq);
    }
  }
  return { heads, events };
}

process.on('unhandledRejection', (fault) => console.error(`publisher: ${fault}`));
process.on('message', (telling: Telling) => {
  tell(telling).then(
    (telt) => process.send?.(telt),
    (fault) => {
      console.error(fault);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
