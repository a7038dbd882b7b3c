import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inProcessBus } from '../server/bus.ts';
import { closeDb, openDb } from '../server/db/open.ts';
import { campaignFeed } from '../server/protocol/feeds.ts';
import { root } from '../server/root.ts';
import { liveCampaign } from '../test/support/house.ts';
import { freePort, isListening } from '../test/support/ports.ts';
import { startNginx, startRedis } from '../test/support/services.ts';
import { until } from '../test/support/until.ts';
import {
  buildIfStale,
  dropDatabase,
  ended,
  freshDatabase,
  openPostgres,
  say,
  startServer,
} from './ground.ts';
import { startWorker, type Worker } from './processes.ts';
import type { Kind, Order, Tally } from './recovery/clients.ts';
import type { Telling, Telt } from './recovery/publish.ts';
import { close, closing, pause, runBenchmark } from './run.ts';

/**
 * `npm run bench:recovery`: 2,000 clients on bad lines watch gifts come in, behind our nginx and two realtime
 * processes. Every socket is cut every 10 to 20 seconds, Redis is killed in the middle and is away for some seconds, later one
 * of the two processes is killed and started again. Then the same with Socket.IO as its documentation sets it up: its
 * Redis adapter, its own client, behind the same nginx, with the same cuts and kills.
 *
 * Delivered is the share of events that reached each client's page once everything was quiet again, as a body or
 * inside a state. Twice counts bodies that a page was given and had. Recovery runs from the loss of a socket to the
 * next event or state that the page is told, so a feed's pause between two events is part of it. Ends with 1 if ours
 * lost an event or told one twice.
 *
 * `--quick` is a short try with a quarter of the clients.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

const CLIENTS = values.quick ? 500 : 2_000;
const LOADS = 2;
const FEEDS = 5;
const EVENTS_PER_S = 10;
const SECONDS = values.quick ? 24 : 60;
const CUT_EVERY_MS = [10_000, 20_000] as const;
/** Shares of the run after which Redis is killed, and a process; and how long each is away. */
const REDIS_KILLED_AT = 0.35;
const REDIS_AWAY_MS = 4_000;
const PROCESS_KILLED_AT = 0.65;
const PROCESS_AWAY_MS = 3_000;
/** How long after the last event everyone has to have everything. Socket.IO has nobody to ask: it is given this long. */
const SETTLE_MS_MAX = 30_000;
const STOCK_SETTLE_MS = 8_000;
const SECRET = 'a secret that only this benchmark uses';
const DATABASE = 'recovery';

type Node = { child: ChildProcess };
type Fleet = { url: string; nodes: Node[]; start(nth: number): Promise<ChildProcess>; faultsOf(): number };

async function main(): Promise<number> {
  await buildIfStale();
  const postgres = await openPostgres('recovery-postgres');
  closing.push(() => postgres.stop());
  const { appUrl } = await freshDatabase(postgres, DATABASE);
  closing.push(() => dropDatabase(postgres, DATABASE));
  const redis = await startRedis();
  closing.push(() => redis.stop());
  const feeds = await openFeeds(appUrl);
  const settings = {
    ...{ DATABASE_URL: appUrl, REDIS_URL: redis.url, SECRET, MIDTRANS_SERVER_KEY: 'SB-bench-recovery' },
    TRUST_PROXY: '1',
    LOG_LEVEL: 'silent',
  };

  async function run(kind: Kind, start: (port: number) => Promise<ChildProcess>) {
    const fleet = await openFleet(start);
    const publisher = await startWorker('bench/recovery/publish.ts', [appUrl, redis.url]);
    closing.push(publisher.stop);
    const loads = await Promise.all(
      Array.from({ length: LOADS }, () => startWorker('bench/recovery/clients.ts', [], { saysReady: false })),
    );
    for (const load of loads) closing.push(load.stop);
    const all = <Answer>(order: (nth: number) => Order): Promise<Answer[]> =>
      Promise.all(loads.map((load, nth) => load.ask<Answer>(order(nth))));
    await all((nth) => ({ kind: 'connect', to: kind, url: fleet.url, feeds, clients: CLIENTS / LOADS, nth }));
    const before = sumUp(await all<Tally>(() => ({ kind: 'tally', heads: {} })));
    await all(() => ({ kind: 'chaos', everyMs: CUT_EVERY_MS }));

    const telling = publisher.ask<Telt>({
      to: kind,
      feeds,
      perS: EVENTS_PER_S,
      seconds: SECONDS,
    } satisfies Telling);
    const faults = breakThings(redis, fleet);
    const telt = await telling;
    await faults;
    await all(() => ({ kind: 'chaos', everyMs: null }));
    const tally = await settle(kind, () => all<Tally>(() => ({ kind: 'tally', heads: telt.heads })));
    await stopAll([publisher, ...loads]);
    await Promise.all(fleet.nodes.map(({ child }) => ended(child, 'SIGKILL')));
    const expected = (CLIENTS * telt.events) / FEEDS;
    const got = tally.bodies + tally.inStates - before.bodies - before.inStates;
    say(
      `${kind}: ${tally.bodies} bodies and ${tally.inStates} inside states of ${expected}, ${tally.twice} twice; ` +
        `${tally.cuts} cuts, ${fleet.faultsOf()} processes ended by themselves, ` +
        `recovered after p50 ${percentile(tally.recoveriesMs, 0.5)} ms, p95 ${percentile(tally.recoveriesMs, 0.95)} ms`,
    );
    return { tally, expected, delivered: (100 * got) / expected };
  }

  const ours = await run('ours', (port) => startServer(['dist/realtime/main.js'], port, settings));
  const stock = await run('socketio', (port) => startStock(port, redis.url));
  const figures = {
    delivered: twoDigits(ours.delivered),
    twice: ours.tally.twice,
    recovery_p50_ms: percentile(ours.tally.recoveriesMs, 0.5),
    recovery_p95_ms: percentile(ours.tally.recoveriesMs, 0.95),
    recovery_max_ms: percentile(ours.tally.recoveriesMs, 1),
    inside_states: ours.tally.inStates,
    up_to_date: ours.tally.upToDate,
    socketio_delivered: twoDigits(stock.delivered),
    socketio_twice: stock.tally.twice,
    socketio_recovery_p95_ms: percentile(stock.tally.recoveriesMs, 0.95),
    clients: CLIENTS,
    events: ours.expected,
    cuts: ours.tally.cuts,
  };
  await close();
  console.log(JSON.stringify(figures));
  return figures.delivered === 100 && figures.twice === 0 && figures.up_to_date === CLIENTS ? 0 : 1;
}

async function openFeeds(appUrl: string): Promise<string[]> {
  const db = openDb({ url: appUrl, max: 2, name: 'bench' });
  const bus = inProcessBus({ onFault: (fault) => say(String(fault)) });
  const feeds: string[] = [];
  for (let nth = 0; nth < FEEDS; nth += 1) {
    const { id } = await liveCampaign({ db, bus }, { goal: 9_000_000_000, title: `Jembatan ke-${nth + 1}` });
    feeds.push(campaignFeed(id));
  }
  await closeDb(db);
  return feeds;
}

/** Two processes behind our nginx. One that ends by itself is started again, as wherever it is deployed. */
async function openFleet(start: (port: number) => Promise<ChildProcess>): Promise<Fleet> {
  const ports = [await freePort(), await freePort()];
  const nodes: Node[] = [];
  let isOver = false;
  let faults = 0;
  const launch = async (nth: number): Promise<ChildProcess> => {
    const port = ports[nth];
    if (port === undefined) throw new Error('no such process');
    const child = await start(port);
    nodes[nth] = { child };
    child.once('exit', (code) => {
      if (isOver || code === null) return;
      faults += 1;
      say(`a process ended with ${code}`);
      void launch(nth).catch((fault: unknown) => say(String(fault)));
    });
    return child;
  };
  for (const nth of ports.keys()) await launch(nth);
  closing.push(() => {
    isOver = true;
    return Promise.all(nodes.map(({ child }) => ended(child, 'SIGKILL')));
  });
  const nginx = await startNginx({ server: ports, realtime: ports, floodFactor: 50 });
  closing.push(() => nginx.stop());
  return { url: nginx.url, nodes, start: launch, faultsOf: () => faults };
}

async function startStock(port: number, redisUrl: string): Promise<ChildProcess> {
  const script = join(root, 'bench/fanout/socketio.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, String(port), redisUrl, 'everyone'], {
    stdio: ['ignore', 'ignore', 'ignore'],
    cwd: root,
  });
  await until(() => child.exitCode !== null || isListening(port), { what: 'Socket.IO to listen' });
  return child;
}

async function breakThings(redis: Awaited<ReturnType<typeof startRedis>>, fleet: Fleet): Promise<void> {
  const started = performance.now();
  const at = (share: number) => pause(share * SECONDS * 1_000 - (performance.now() - started));
  await at(REDIS_KILLED_AT);
  await redis.kill();
  say('Redis is killed');
  await pause(REDIS_AWAY_MS);
  await redis.start();
  say('Redis is back');
  await at(PROCESS_KILLED_AT);
  const [node] = fleet.nodes;
  if (!node) throw new Error('there is no process to kill');
  await ended(node.child, 'SIGKILL');
  say('a process is killed');
  await pause(PROCESS_AWAY_MS);
  await fleet.start(0);
  say('the process is back');
}

/** Ours is done when every client has everything; of Socket.IO nobody knows, so it is given some time. */
async function settle(kind: Kind, ask: () => Promise<Tally[]>): Promise<Tally> {
  if (kind === 'socketio') await pause(STOCK_SETTLE_MS);
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const tally = sumUp(await ask());
    if (kind === 'socketio' || tally.upToDate === CLIENTS || performance.now() > deadline) return tally;
    await pause(200);
  }
}

function sumUp(tallies: Tally[]): Tally {
  const sum = (of: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    bodies: sum(({ bodies }) => bodies),
    inStates: sum(({ inStates }) => inStates),
    twice: sum(({ twice }) => twice),
    upToDate: sum(({ upToDate }) => upToDate),
    cuts: sum(({ cuts }) => cuts),
    recoveriesMs: tallies.flatMap(({ recoveriesMs }) => recoveriesMs),
  };
}

function percentile(numbers: number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/** Never rounded up to a whole that it is not. */
const twoDigits = (share: number): number => Math.floor(share * 100) / 100;

const stopAll = (workers: Worker[]): Promise<unknown> => Promise.all(workers.map((worker) => worker.stop()));

await runBenchmark(main);
