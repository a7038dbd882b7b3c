import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inProcessBus } from '../server/bus.ts';
import { closeDb, type Db, openDb } from '../server/db/open.ts';
import { book, receiver } from '../server/domain/donations/receive.ts';
import type { Notice } from '../server/domain/gateways/gateway.ts';
import { midtrans } from '../server/domain/gateways/midtrans.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { root } from '../server/root.ts';
import {
  buildIfStale,
  dropDatabase,
  ended,
  freePort,
  freshDatabase,
  openPostgres,
  say,
  startServer,
  type Urls,
  withAdmin,
} from './ground.ts';
import type { Load, Orders } from './ingest/load.ts';
import { notification, type OpenPayment } from './ingest/notification.ts';
import { prepare } from './ingest/prepare.ts';
import { verify } from './ingest/verify.ts';
import { close, closing, median, runBenchmark } from './run.ts';

/**
 * `npm run bench:ingest`: how many signed Midtrans webhooks a second one server books for one hot campaign, each a
 * gift of its own, on a database that syncs every commit to disk. Beside it, in turn with it:
 *
 *   noop             POSTs of the same size to the same app that are read and answered
 *   one_by_one       the same webhooks, each in a transaction of its own, over a pool of 10
 *   hot_verb         `receive` alone, without HTTP
 *   one_by_one_verb  `book` of one notice alone, by 10 callers over a pool of 10
 *   spread           as the first, over 1,000 campaigns
 *   mixed            as the first, where every fifth notice gives an earlier gift back
 *   bare_verb        `receive` on a database whose books guard nothing: no balances, no checks by trigger
 *
 * The last line of stdout is one JSON object: medians of the rounds, ratios taken within each round. Ends with 1 if
 * the books are not in order afterwards, or if an answered notice is not booked exactly once.
 */
const ROUNDS = 3;
const ROUND_MS = 4_000;
const WARM_UP_MS = 2_500;
const CONNECTIONS = 64;
const POOL = 10;
/** Callers of `receive` at a time, enough to fill batches. */
const CALLERS = 1_000;
/** Enough for every round on a machine three times as fast as the one this was written on. */
const PAYMENTS = 220_000;
const SPREAD_PAYMENTS = 60_000;
const BARE_PAYMENTS = 120_000;
const SPREAD_CAMPAIGNS = 1_000;
/** In `mixed`, one notice of so many gives back; of a gift that was paid so many notices before. */
const REFUND_EVERY = 5;
const REFUND_BEHIND = 500;
/** Gifts booked before anything is measured. */
const RUN_IN = 4_000;
const AGAIN_MS = 100;
/** Most payments of one round; it ends early if they do. */
const PER_ROUND_MAX = 40_000;

const DATABASE = 'bench';
const BARE_DATABASE = 'bench_bare';
/** What the database itself holds against wrong books, by table and trigger. */
const GUARDS = [
  ['postings', 'balanced'],
  ['journals', 'not_empty'],
  ['feed_events', 'of_a_feed'],
] as const;
const SERVER_KEY = 'SB-Mid-server-bench-ingest';
const SECRET = 'a secret that only this benchmark uses';

type Way = 'hot' | 'noop' | 'one_by_one' | 'spread' | 'mixed' | 'hot_verb' | 'bare_verb' | 'one_by_one_verb';

async function main(): Promise<number> {
  await buildIfStale();
  const postgres = await openPostgres('postgres');
  closing.push(() => postgres.stop());
  const { appUrl, adminUrl } = await freshDatabase(postgres, DATABASE);
  const bare = await freshDatabase(postgres, BARE_DATABASE);
  for (const name of [DATABASE, BARE_DATABASE]) closing.push(() => dropDatabase(postgres, name));
  say(`${PAYMENTS + SPREAD_PAYMENTS + BARE_PAYMENTS} open payments`);
  const open = await prepare({
    ...{ appUrl, adminUrl },
    hot: PAYMENTS,
    spread: SPREAD_PAYMENTS,
    campaigns: SPREAD_CAMPAIGNS,
  });
  const unguarded = await prepare({ ...bare, hot: BARE_PAYMENTS, spread: 0, campaigns: 0 });
  const hot = queue(open.hot);
  const spread = queue(open.spread);
  const bareOnes = queue(unguarded.hot);
  const answered = hot.take(RUN_IN);
  await runIn({ appUrl, adminUrl }, answered);
  await runIn(bare, bareOnes.take(RUN_IN));
  await withAdmin(bare.adminUrl, async (admin) => {
    for (const [table, trigger] of GUARDS)
      await admin.query(`alter table sk.${table} disable trigger ${trigger}`);
  });

  const [hotPort, otherPort] = [await freePort(), await freePort()];
  const settings = { DATABASE_URL: appUrl, SECRET, MIDTRANS_SERVER_KEY: SERVER_KEY };
  const hotServer = await startServer(['dist/server/main.js'], hotPort, settings);
  closing.push(() => ended(hotServer, 'SIGTERM'));
  const otherServer = await startServer(['--import', 'tsx', 'bench/ingest/serve.ts'], otherPort, settings);
  closing.push(() => ended(otherServer, 'SIGTERM'));
  const generator = fork(join(root, 'bench/ingest/load.ts'), { execArgv: ['--import', 'tsx'] });
  closing.push(() => ended(generator, 'SIGKILL'));
  const db = openDb({ url: appUrl, max: POOL, name: 'bench' });
  closing.push(() => closeDb(db));
  const bareDb = openDb({ url: bare.appUrl, max: POOL, name: 'bench' });
  closing.push(() => closeDb(bareDb));

  const overHttp = async (port: number, path: string, ms: number, payments: OpenPayment[]): Promise<Load> => {
    const load = await send(generator, {
      ...{ port, path, ms, connections: CONNECTIONS, serverKey: SERVER_KEY, payments },
    });
    if (Object.keys(load.refused).length > 0) {
      throw new Error(`${path} on port ${port} answered ${JSON.stringify(load.refused)}`);
    }
    return load;
  };
  /** What was booked and answered is not sent again. */
  const books = async (port: number, ms: number, from: Queue): Promise<Load> => {
    const load = await overHttp(port, '/webhooks/midtrans', ms, from.rest());
    answered.push(...from.take(load.sent));
    return load;
  };
  const verb = async (run: Verb, on: Db, ms: number, from: Queue) => {
    const done = await run(on, from.rest().map(asNotices), ms);
    const sent = from.take(done.sent);
    if (on === db) answered.push(...sent);
    return done;
  };
  const mixed = async (ms: number): Promise<Load> => {
    const payments = withRefunds(hot.rest());
    const load = await overHttp(hotPort, '/webhooks/midtrans', ms, payments);
    const sent = payments.slice(0, load.sent);
    answered.push(...sent);
    hot.take(sent.filter(({ refunded }) => !refunded).length);
    return load;
  };
  const ways: Record<Way, (ms: number) => Promise<{ sent: number; seconds: number } | Load>> = {
    hot: (ms) => books(hotPort, ms, hot),
    noop: (ms) => overHttp(otherPort, '/webhooks/noop', ms, hot.rest()),
    one_by_one: (ms) => books(otherPort, ms, hot),
    spread: (ms) => books(hotPort, ms, spread),
    mixed,
    hot_verb: (ms) => verb(hotVerb, db, ms, hot),
    bare_verb: (ms) => verb(hotVerb, bareDb, ms, bareOnes),
    one_by_one_verb: (ms) => verb(oneByOneVerb, db, ms, hot),
  };

  for (const run of Object.values(ways)) await run(WARM_UP_MS);
  const rounds: Record<Way, number>[] = [];
  const loads: Load[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const rates: Partial<Record<Way, number>> = {};
    for (const [way, run] of Object.entries(ways) as [Way, (typeof ways)[Way]][]) {
      const done = await run(ROUND_MS);
      rates[way] = done.sent / done.seconds;
      if (way === 'hot') loads.push(done as Load);
    }
    rounds.push(rates as Record<Way, number>);
    say(
      `round ${round}: ${Object.entries(rates)
        .map(([way, rate]) => `${way} ${Math.round(rate)}/s`)
        .join(', ')}`,
    );
  }

  say(`checking the books and ${answered.length} notices`);
  const wrong = await verify({ appUrl, answered });
  for (const sentence of wrong) say(sentence);

  const rate = (way: Way): number => Math.round(median(rounds.map((rates) => rates[way])));
  const ratio = (over: Way, under: Way): number =>
    Number(median(rounds.map((rates) => rates[over] / rates[under])).toFixed(2));
  const figures = {
    hot_vs_one_by_one: ratio('hot', 'one_by_one'),
    hot_vs_noop: ratio('hot', 'noop'),
    hot_vs_one_by_one_verb: ratio('hot_verb', 'one_by_one_verb'),
    hot_vs_spread: ratio('hot', 'spread'),
    invariants_cost: Number((1 - ratio('hot_verb', 'bare_verb')).toFixed(2)),
    verb_per_s: rate('hot_verb'),
    per_s: rate('hot'),
    p50_ms: Number(median(loads.map((load) => load.p50_ms)).toFixed(1)),
    p99_ms: Number(median(loads.map((load) => load.p99_ms)).toFixed(1)),
    noop_per_s: rate('noop'),
    one_by_one_per_s: rate('one_by_one'),
    spread_per_s: rate('spread'),
    mixed_per_s: rate('mixed'),
    bare_verb_per_s: rate('bare_verb'),
    one_by_one_verb_per_s: rate('one_by_one_verb'),
    booked: answered.length,
    books_in_order: wrong.length === 0,
  };
  await close();
  console.log(JSON.stringify(figures));
  return wrong.length === 0 ? 0 : 1;
}

/** Books some gifts and lets PostgreSQL look at them: its plans are then those of a server that has run for a while. */
async function runIn(urls: Urls, payments: OpenPayment[]): Promise<void> {
  const db = openDb({ url: urls.appUrl });
  const { sent } = await hotVerb(db, payments.map(asNotices), Number.POSITIVE_INFINITY);
  await closeDb(db);
  if (sent !== payments.length) throw new Error('the gifts of the run-in were not all booked');
  await withAdmin(urls.adminUrl, (admin) => admin.query('vacuum analyze'));
  await withAdmin(urls.adminUrl, (admin) => admin.query('checkpoint'));
}

type Verb = (db: Db, notices: Notice[][], ms: number) => Promise<{ sent: number; seconds: number }>;

const oneByOneVerb: Verb = (db, notices, ms) => inTurn(notices, POOL, ms, (said) => book(db, said));

const hotVerb: Verb = (db, notices, ms) => {
  const bus = inProcessBus({ onFault: fail });
  const { receive } = receiver({
    ...{ db, bus },
    ask: () => fail('a notice was asked about'),
    onFault: (fault) => say(`a batch was not booked and comes again: ${fault}`),
  });
  return inTurn(notices, CALLERS, ms, (said) => untilBooked(() => receive(said)));
};

/** Comes again as a gateway would that was told so: a disk that stalls keeps a batch longer than it may wait for a lock. */
async function untilBooked(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask();
      return;
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.code !== 'unavailable') throw refusal;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** So many callers at a time, each with its next notice when the last one is done, until the time is up. */
async function inTurn(
  notices: Notice[][],
  callers: number,
  ms: number,
  work: (said: Notice[]) => Promise<unknown>,
): Promise<{ sent: number; seconds: number }> {
  let sent = 0;
  const started = performance.now();
  const caller = async (): Promise<void> => {
    for (let next = notices[sent]; next && performance.now() - started < ms; next = notices[sent]) {
      sent += 1;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { sent, seconds: (performance.now() - started) / 1_000 };
}

const gateway = midtrans({
  serverKey: SERVER_KEY,
  snapUrl: 'http://127.0.0.1:9',
  coreUrl: 'http://127.0.0.1:9',
});

const asNotices = (payment: OpenPayment): Notice[] =>
  gateway.read({ rawBody: notification(payment, SERVER_KEY), headers: {}, path: '/' });

type Queue = {
  /** The next ones, at most as many as a round takes. */
  rest(): OpenPayment[];
  /** Those are done. */
  take(count: number): OpenPayment[];
};

function queue(payments: OpenPayment[]): Queue {
  let used = 0;
  return {
    rest: () => payments.slice(used, used + PER_ROUND_MAX),
    take(count) {
      used += count;
      return payments.slice(used - count, used);
    },
  };
}

/** Payments among which earlier ones are given back. */
function withRefunds(payments: OpenPayment[]): OpenPayment[] {
  const mixed: OpenPayment[] = [];
  let next = 0;
  for (const payment of payments) {
    mixed.push(payment);
    const earlier =
      mixed.length > REFUND_BEHIND && mixed.length % REFUND_EVERY === 0 ? payments[next] : undefined;
    if (!earlier) continue;
    mixed.push({ ...earlier, refunded: true });
    next += 1;
  }
  return mixed;
}

async function send(generator: ChildProcess, orders: Orders): Promise<Load> {
  const stop = new AbortController();
  const gone = once(generator, 'exit', { signal: stop.signal }).then(() => {
    throw new Error('the load generator ended');
  });
  const answer = once(generator, 'message', { signal: stop.signal });
  generator.send(orders);
  try {
    const [load] = (await Promise.race([answer, gone])) as [Load];
    return load;
  } finally {
    for (const waiting of [gone, answer]) waiting.catch(() => {});
    stop.abort();
  }
}

function fail(fault: unknown): never {
  throw fault instanceof Error ? fault : new Error(String(fault));
}

await runBenchmark(main);
