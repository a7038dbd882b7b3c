import { Agent, request } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { acting, openDb } from '../../server/db/open.ts';
import { type FeedEvent, parseFeed } from '../../server/protocol/feeds.ts';
import { openRedis } from '../../server/redis.ts';
import { gifts } from './gifts.ts';
import type { Mark } from './load.ts';

/**
 * Says the same gifts to whichever server is asked for, in a process of its own. To ours as the house does: in a
 * transaction that syncs to disk, published once it is committed; what falls due meanwhile goes into the next one. To
 * the others without a database, each in its own way.
 */
export type Told = 'ours' | 'ws' | 'socketio' | 'nchan';
export type Telling = { to: Told; perS: number; events: number };
/** Of each commit, or of each call that publishes: which events, and when. */
export type Telt = { marks: Mark[]; bodyBytes: number };

const [, , databaseUrl, redisUrl, feed, channel, nchanPort] = process.argv;
if (!databaseUrl || !redisUrl || !feed || !channel || !nchanPort)
  throw new Error('the benchmark starts this');

/** What it is late by beyond this, on a machine that stalls, is not made up for: a burst is another stage. */
const ARREARS_MS = 100;

const db = openDb({ url: databaseUrl, max: 2, name: 'bench' });
const fail = (fault: unknown): never => {
  throw fault instanceof Error ? fault : new Error(String(fault));
};
const bus = openRedis({ url: redisUrl, onFault: fail, onLost: () => fail('news was lost') }).bus();
const publisher = new Redis(redisUrl);
const subscriber = publisher.duplicate();
await Promise.all([publisher.ping(), subscriber.ping()]);
const node = new Server({ adapter: createAdapter(publisher, subscriber) });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const gift = gifts();
const seqs: Record<Told, number> = { ours: 0, ws: 0, socketio: 0, nchan: 0 };
const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

async function tellOurs(count: number, telt: Telt): Promise<void> {
  const said = Array.from({ length: count }, () => ({ feed: feed ?? '', ...gift() }));
  const news = await acting(db, 'system', 'bench.say', (tx) => tx.feeds.append(said));
  const at = nowUs();
  bus.publish(news);
  for (const { from, to } of news) telt.marks.push([from, to, at]);
  telt.bodyBytes = Buffer.byteLength(JSON.stringify(news[0]?.events[0]));
}

/** The answer is not waited for, so that a server that is behind is not told less. */
async function tellPeer(to: Exclude<Told, 'ours'>, telt: Telt): Promise<void> {
  seqs[to] += 1;
  const seq = seqs[to];
  const event: FeedEvent = { seq, at: new Date().toISOString(), ...gift() };
  telt.marks.push([seq, seq, nowUs()]);
  if (to === 'socketio') {
    node.to(channel ?? '').emit('event', event);
    return;
  }
  const body = JSON.stringify(event);
  telt.bodyBytes = Buffer.byteLength(body);
  if (to === 'ws') await publisher.publish(channel ?? '', body);
  else await post(body);
}

function post(body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request(
      { host: '127.0.0.1', port: nchanPort, path: '/publish', method: 'POST', agent, headers },
      (answer) => {
        answer.resume();
        if ((answer.statusCode ?? 500) >= 300) reject(new Error(`Nchan answered ${answer.statusCode}`));
        answer.once('end', resolve);
      },
    )
      .once('error', reject)
      .end(body);
  });
}

async function tell({ to, perS, events }: Telling): Promise<Telt> {
  const telt: Telt = { marks: [], bodyBytes: 0 };
  const answered: Promise<void>[] = [];
  const atOnceMax = Math.ceil((perS * ARREARS_MS) / 1_000);
  let started = performance.now();
  for (let told = 0; told < events; ) {
    const passed = performance.now() - started;
    const owed = Math.floor((passed * perS) / 1_000) + 1 - told;
    const due = Math.min(owed, atOnceMax, events - told);
    if (owed > atOnceMax) started += ((owed - atOnceMax) * 1_000) / perS;
    if (due <= 0) {
      await new Promise((resolve) => setTimeout(resolve, (told * 1_000) / perS - passed));
      continue;
    }
    if (to === 'ours') await tellOurs(due, telt);
    else for (let i = 0; i < due; i += 1) answered.push(tellPeer(to, telt));
    told += due;
  }
  await Promise.all(answered);
  return telt;
}

if (parseFeed(feed).kind !== 'campaign') throw new Error('only the feed of a campaign is public');
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
