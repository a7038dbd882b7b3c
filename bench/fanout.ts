import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { inProcessBus } from '../server/bus.ts';
import { closeDb, openDb } from '../server/db/open.ts';
import { campaignFeed } from '../server/protocol/feeds.ts';
import { liveCampaign } from '../test/support/house.ts';
import { freePort } from '../test/support/ports.ts';
import { startRedis } from '../test/support/services.ts';
import { cpuMs, residentKb } from './fanout/cpu.ts';
import type { Dialect, Heard, Mark, Order, Tally } from './fanout/load.ts';
import { startNchan } from './fanout/nchan.ts';
import type { Telling, Telt, Told } from './fanout/publish.ts';
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
import { close, closing, median, pause, runBenchmark } from './run.ts';

/**
 * `npm run bench:fanout`: what it costs a server to bring a campaign's gifts to everybody who watches, and how long
 * after the commit they have them. Four servers, each a process of its own, tell the same gifts to as many watchers,
 * who are played by the same process:
 *
 *   ours      the built `realtime/main`; gifts are committed to PostgreSQL on disk and published over Redis
 *   ws        one message for each event and client, made into bytes once, over the package `ws`
 *   socketio  Socket.IO as its documentation sets it up, with its Redis adapter: one `emit` to a room for each event
 *   nchan     nginx with Nchan and one worker
 *
 * A gift's body is the same for all, but for one thing: within a frame of ours only the last one tells the totals.
 *
 * Stages: trickle (5 events a second, 2,000 watchers), burst (500 a second, 2,000 watchers, ours alone: it thins),
 * steady (100 a second, 1,000 watchers, nothing may be left out), idle (10,000 connections that watch a campaign, ours
 * alone, in a process that has done nothing else). Each window is run in behind a shorter one, the servers take turns.
 *
 * Cost is the processor time of the server's processes, from the first event until everyone has the last one, over the
 * events whose body was received; what the publisher, PostgreSQL and Redis spend is told apart. A burst's cost is taken
 * for each event and watcher, against what `ws` would need for it by its cost in the steady stage. Latency runs from
 * the commit; of the others, from the call that publishes. Ends with 1 if anybody missed an event or had one twice, or if one
 * was left out in the steady stage.
 *
 * `--quick` measures one short window of each, `--only steady` one stage; what is not measured is null. `--cpu-prof DIR`
 * leaves a profile of our process there.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});

const STAGES = ['trickle', 'burst', 'steady', 'idle'];
if (values.only !== undefined && !STAGES.includes(values.only)) {
  console.error(`usage: npm run bench:fanout -- [--quick] [--only ${STAGES.join('|')}] [--cpu-prof DIR]`);
  process.exit(1);
}
const isAsked = (stage: string): boolean => values.only === undefined || values.only === stage;

const ROUNDS = values.quick ? 1 : 3;
const WINDOW_S = values.quick ? 4 : 7;
const WARM_UP_S = 2;
const TRICKLE = { perS: 5, watchers: 2_000 };
const STEADY = { perS: 100, watchers: 1_000 };
const BURST = { perS: 500, watchers: 2_000 };
const IDLE_CONNECTIONS = values.quick ? 2_000 : 10_000;
const IDLE_LOADS = 2;
/** For connections to be made, and for garbage of making them to go. */
const SETTLE_MS = 8_000;
/** How long after the last event everyone has to have it. */
const DELIVER_MS_MAX = 120_000;
const SECRET = 'a secret that only this benchmark uses';
const DATABASE = 'fanout';
const CHANNEL = 'bench';

type Server = { pid: number; port: number; dialect: Dialect; load: Worker };
type Window = {
  cpuMs: number;
  seconds: number;
  tally: Tally;
  latencies: number[];
  events: number;
  watchers: number;
  bodyBytes: number;
  /** Most that one of the sampled watchers was sent within a second. */
  kbInASecond: number;
  aside: Aside;
};
/** Processor time beside the server's own, in milliseconds. */
type Aside = { publisher: number; postgres: number; redis: number };

async function main(): Promise<number> {
  await buildIfStale();
  const postgres = await openPostgres('fanout-postgres');
  closing.push(() => postgres.stop());
  const { appUrl, adminUrl } = await freshDatabase(postgres, DATABASE);
  closing.push(() => dropDatabase(postgres, DATABASE));
  const redis = await startRedis();
  closing.push(() => redis.stop());
  const feed = campaignFeed(await openCampaign(appUrl));
  const settings = {
    DATABASE_URL: appUrl,
    REDIS_URL: redis.url,
    SECRET,
    MIDTRANS_SERVER_KEY: 'SB-bench-fanout',
  };

  const nchanPort = await freePort();
  const publisher = await startWorker('bench/fanout/publish.ts', [
    appUrl,
    redis.url,
    feed,
    CHANNEL,
    String(nchanPort),
  ]);
  closing.push(publisher.stop);
  const servers = await openServers({ settings, redisUrl: redis.url, feed, nchanPort });
  const asideOf = await openAside({ adminUrl, redisUrl: redis.url, publisher: publisher.pid });

  async function window(to: Told, { perS, watchers }: typeof STEADY, seconds: number): Promise<Window> {
    const { pid, load } = servers[to];
    const events = Math.round(perS * seconds);
    await load.ask<Tally>({ kind: 'begin' } satisfies Order);
    const [before, asideBefore, started] = [cpuMs(pid), await asideOf(), performance.now()];
    const telt = await publisher.ask<Telt>({ to, perS, events } satisfies Telling);
    const tally = await untilDelivered(load, events * watchers);
    const [after, asideAfter] = [cpuMs(pid), await asideOf()];
    const passed = (performance.now() - started) / 1_000;
    const marks = await load.ask<Heard[]>({ kind: 'marks' } satisfies Order);
    return {
      ...{ events, watchers, tally, bodyBytes: telt.bodyBytes, seconds: passed },
      cpuMs: after - before,
      latencies: latenciesOf(telt.marks, marks),
      kbInASecond: kbInASecond(marks),
      aside: {
        publisher: asideAfter.publisher - asideBefore.publisher,
        postgres: asideAfter.postgres - asideBefore.postgres,
        redis: asideAfter.redis - asideBefore.redis,
      },
    };
  }
  async function stage(
    name: string,
    shape: typeof STEADY,
    among: readonly Told[],
  ): Promise<Record<Told, Window[]>> {
    const windows: Record<Told, Window[]> = { ours: [], ws: [], socketio: [], nchan: [] };
    if (!isAsked(name)) return windows;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const to of round % 2 === 0 ? among : among.toReversed()) {
        await window(to, shape, WARM_UP_S);
        const one = await window(to, shape, WINDOW_S);
        windows[to].push(one);
        say(`${name} ${to}: ${sentence(one)}`);
      }
    }
    return windows;
  }
  const all: readonly Told[] = ['ws', 'ours', 'socketio', 'nchan'];

  for (const to of values.only === 'idle' ? [] : all) {
    const { load, port, dialect } = servers[to];
    await load.ask<Tally>({ kind: 'connect', port, dialect, watchers: TRICKLE.watchers } satisfies Order);
  }
  const trickle = await stage('trickle', TRICKLE, all);
  const burst = await stage('burst', BURST, ['ours']);
  for (const to of all) {
    await servers[to].load.ask<Tally>({
      kind: 'shed',
      watchers: TRICKLE.watchers - STEADY.watchers,
    } satisfies Order);
  }
  await pause(500);
  const steady = await stage('steady', STEADY, all);
  for (const to of all) await servers[to].load.stop();
  const idle = isAsked('idle') ? await measureIdle({ settings, feed }) : { kb_per_connection: null };

  const kbPerS = median(
    burst.ours.map(({ tally, watchers, seconds }) => tally.bytes / watchers / 1_000 / seconds),
  );
  const elided = sum(burst.ours, ({ tally }) => tally.elided);
  const broken = [trickle, burst, steady]
    .flatMap((windows) => all.flatMap((to) => windows[to]))
    .map((one) => one.tally);
  const figures = {
    trickle_cpu_vs_ws: ratio(trickle, 'ours', 'ws'),
    trickle_cpu_vs_socketio: ratio(trickle, 'ours', 'socketio'),
    trickle_cpu_vs_nchan: ratio(trickle, 'ours', 'nchan'),
    trickle_p50_ms: percentile(trickle.ours, 0.5),
    trickle_p99_ms: percentile(trickle.ours, 0.99),
    steady_cpu_vs_ws: ratio(steady, 'ours', 'ws'),
    steady_cpu_vs_socketio: ratio(steady, 'ours', 'socketio'),
    steady_cpu_vs_nchan: ratio(steady, 'ours', 'nchan'),
    steady_p50_ms: percentile(steady.ours, 0.5),
    steady_p99_ms: percentile(steady.ours, 0.99),
    steady_elided: sum(steady.ours, ({ tally }) => tally.elided),
    burst_cpu_vs_ws: round(perEventUs(burst.ours) / perBodyUs(steady.ws), 3),
    burst_cpu_vs_socketio: round(perEventUs(burst.ours) / perBodyUs(steady.socketio), 3),
    burst_cpu_vs_nchan: round(perEventUs(burst.ours) / perBodyUs(steady.nchan), 3),
    burst_p50_ms: percentile(burst.ours, 0.5),
    burst_p99_ms: percentile(burst.ours, 0.99),
    burst_elided_share: round(elided / sum(burst.ours, ({ events, watchers }) => events * watchers), 3),
    burst_kb_per_s: round(kbPerS, 1),
    burst_kb_in_a_second: round(median(burst.ours.map(({ kbInASecond }) => kbInASecond)), 1),
    burst_cores: round(median(burst.ours.map(({ cpuMs: ms, seconds }) => ms / 1_000 / seconds)), 2),
    ...idle,
    us_per_body: Object.fromEntries(
      all.map((to) => [
        to,
        { trickle: round(perBodyUs(trickle[to]), 2), steady: round(perBodyUs(steady[to]), 2) },
      ]),
    ),
    p99_ms: Object.fromEntries(
      all.map((to) => [to, { trickle: percentile(trickle[to], 0.99), steady: percentile(steady[to], 0.99) }]),
    ),
    aside_us_per_event: Object.fromEntries(all.map((to) => [to, asideUs(steady[to])])),
    body_bytes: steady.ours[0]?.bodyBytes ?? 0,
    broken: broken.reduce((total, tally) => total + tally.broken + tally.closed, 0),
  };
  await close();
  console.log(JSON.stringify(figures));
  return figures.broken === 0 && figures.steady_elided === 0 ? 0 : 1;
}

async function openCampaign(appUrl: string): Promise<string> {
  const db = openDb({ url: appUrl, max: 2, name: 'bench' });
  const bus = inProcessBus({ onFault: (fault) => say(String(fault)) });
  const { id } = await liveCampaign({ db, bus }, { goal: 9_000_000_000 });
  await closeDb(db);
  return id;
}

async function openServers({
  settings,
  redisUrl,
  feed,
  nchanPort,
}: {
  settings: Record<string, string>;
  redisUrl: string;
  feed: string;
  nchanPort: number;
}): Promise<Record<Told, Server>> {
  const [port, wsPort, socketioPort] = [await freePort(), await freePort(), await freePort()];
  const ours = await startOurs(port, settings);
  const ws = await startWorker('bench/fanout/ws.ts', [String(wsPort), redisUrl, CHANNEL]);
  const socketio = await startWorker('bench/fanout/socketio.ts', [String(socketioPort), redisUrl, CHANNEL]);
  const nchan = await startNchan({ port: nchanPort, connectionsMax: TRICKLE.watchers });
  closing.push(ws.stop, socketio.stop, nchan.stop);
  const load = async (): Promise<Worker> => {
    const worker = await startWorker('bench/fanout/load.ts', [], { saysReady: false });
    closing.push(worker.stop);
    return worker;
  };
  return {
    ours: { pid: pidOf(ours), port, dialect: watching(feed), load: await load() },
    ws: { pid: ws.pid, port: wsPort, dialect: { kind: 'plain', path: '/' }, load: await load() },
    socketio: {
      ...{ pid: socketio.pid, port: socketioPort, load: await load() },
      dialect: { kind: 'socketio', path: SOCKETIO_PATH, event: 'event' },
    },
    nchan: {
      ...{ pid: nchan.pid, port: nchanPort, load: await load() },
      dialect: { kind: 'plain', path: '/subscribe' },
    },
  };
}

const SOCKETIO_PATH = '/socket.io/?EIO=4&transport=websocket';
const watching = (feed: string): Dialect => ({ kind: 'socketio', path: SOCKETIO_PATH, event: 'news', feed });

async function startOurs(port: number, settings: Record<string, string>): Promise<ChildProcess> {
  const profiles = values['cpu-prof'];
  if (profiles) await mkdir(profiles, { recursive: true });
  const profiling = profiles ? ['--cpu-prof', '--cpu-prof-dir', profiles] : [];
  const child = await startServer([...profiling, 'dist/realtime/main.js'], port, settings);
  closing.push(() => ended(child, 'SIGTERM'));
  return child;
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a process did not start');
  return child.pid;
}

/** What the others of the house spend, read whenever it is asked. */
async function openAside({
  adminUrl,
  redisUrl,
  publisher,
}: {
  adminUrl: string;
  redisUrl: string;
  publisher: number;
}): Promise<() => Promise<Aside>> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ pid: number }>(
    `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
  );
  await admin.end();
  const redis = new Redis(redisUrl);
  const [, redisPid] = /^process_id:(\d+)/m.exec(await redis.info('server')) ?? [];
  redis.disconnect();
  const [postgresPid] = rows;
  if (!postgresPid || !redisPid) throw new Error('PostgreSQL or Redis did not say which process it is');
  return async () => ({
    publisher: cpuMs(publisher),
    postgres: cpuMs(postgresPid.pid),
    redis: cpuMs(Number(redisPid)),
  });
}

async function untilDelivered(load: Worker, expected: number): Promise<Tally> {
  const deadline = performance.now() + DELIVER_MS_MAX;
  for (;;) {
    const tally = await load.ask<Tally>({ kind: 'tally' } satisfies Order);
    if (tally.bodies + tally.elided >= expected) return tally;
    if (performance.now() > deadline)
      throw new Error(`of ${expected} events ${tally.bodies} came and ${tally.elided} were left out`);
    await pause(20);
  }
}

/** Of each event at each sampled watcher, in milliseconds; also of events that came as a part of the totals. */
function latenciesOf(told: Mark[], heard: Heard[]): number[] {
  const toldAt = new Map<number, number>();
  for (const [from, to, at] of told) for (let seq = from; seq <= to; seq += 1) toldAt.set(seq, at);
  return heard.flatMap(([from, to, at]) => {
    const latencies: number[] = [];
    for (let seq = from; seq <= to; seq += 1) {
      const since = toldAt.get(seq);
      if (since !== undefined) latencies.push((at - since) / 1_000);
    }
    return latencies;
  });
}

function kbInASecond(heard: Heard[]): number {
  const byWatcher = new Map<number, Heard[]>();
  for (const one of heard) {
    const frames = byWatcher.get(one[3]);
    if (frames) frames.push(one);
    else byWatcher.set(one[3], [one]);
  }
  let most = 0;
  for (const frames of byWatcher.values()) {
    let within = 0;
    let first = 0;
    for (const [, , at, , bytes] of frames) {
      within += bytes;
      for (let old = frames[first]; old && at - old[2] >= 1_000_000; old = frames[first]) {
        within -= old[4];
        first += 1;
      }
      most = Math.max(most, within);
    }
  }
  return most / 1_000;
}

/** A process of ours that has done nothing else, before and after it is watched by thousands. */
async function measureIdle({ settings, feed }: { settings: Record<string, string>; feed: string }) {
  const port = await freePort();
  const pid = pidOf(await startOurs(port, settings));
  await pause(SETTLE_MS / 4);
  const before = residentKb(pid);
  const loads = await Promise.all(
    Array.from({ length: IDLE_LOADS }, () => startWorker('bench/fanout/load.ts', [], { saysReady: false })),
  );
  closing.push(() => Promise.all(loads.map((load) => load.stop())));
  const watchers = IDLE_CONNECTIONS / IDLE_LOADS;
  await Promise.all(
    loads.map((load, nth) =>
      load.ask<Tally>({ kind: 'connect', port, dialect: watching(feed), watchers, nth } satisfies Order),
    ),
  );
  await pause(SETTLE_MS);
  const [cpuBefore, started] = [cpuMs(pid), performance.now()];
  await pause(SETTLE_MS / 2);
  const share = (cpuMs(pid) - cpuBefore) / (performance.now() - started);
  const kb = (residentKb(pid) - before) / IDLE_CONNECTIONS;
  const tallies = await Promise.all(loads.map((load) => load.ask<Tally>({ kind: 'tally' } satisfies Order)));
  const connections = tallies.reduce((total, tally) => total + tally.watchers, 0);
  if (connections !== IDLE_CONNECTIONS) throw new Error(`${connections} connections stand`);
  say(
    `idle ours: ${connections} connections, ${kb.toFixed(1)} kB each, ${(share * 100).toFixed(1)} % of a core`,
  );
  return { kb_per_connection: round(kb, 1), idle_connections: connections, idle_cpu_share: round(share, 3) };
}

const sum = (windows: Window[], of: (one: Window) => number): number =>
  windows.reduce((total, one) => total + of(one), 0);
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const perBodyUs = (windows: Window[]): number =>
  median(windows.map(({ cpuMs: ms, tally }) => (ms * 1_000) / tally.bodies));
const perEventUs = (windows: Window[]): number =>
  median(windows.map(({ cpuMs: ms, events, watchers }) => (ms * 1_000) / events / watchers));
/** Within each round first: what disturbs the machine for a while then disturbs both. */
function ratio(windows: Record<Told, Window[]>, over: Told, under: Told): number {
  return round(
    median(
      windows[over].map((one, nth) => {
        const other = windows[under][nth];
        return other ? perBodyUs([one]) / perBodyUs([other]) : Number.NaN;
      }),
    ),
    3,
  );
}
const percentile = (windows: Window[], share: number): number =>
  round(median(windows.map(({ latencies }) => at(latencies, share))), 1);
function at(latencies: number[], share: number): number {
  const sorted = Float64Array.from(latencies).sort();
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
function asideUs(windows: Window[]): Aside {
  const of = (name: keyof Aside): number =>
    Math.round(median(windows.map(({ aside, events }) => (aside[name] * 1_000) / events)));
  return { publisher: of('publisher'), postgres: of('postgres'), redis: of('redis') };
}
function sentence({ cpuMs: ms, seconds, tally, latencies }: Window): string {
  return [
    `${((ms * 1_000) / tally.bodies).toFixed(2)} us a body`,
    `${(ms / 10 / seconds).toFixed(0)} % of a core for ${seconds.toFixed(1)} s`,
    `${tally.bodies} bodies, ${tally.elided} left out, ${tally.frames} frames, ${Math.round(tally.bytes / 1_000)} kB`,
    `p50 ${at(latencies, 0.5).toFixed(1)} ms, p99 ${at(latencies, 0.99).toFixed(1)} ms`,
    ...(tally.broken + tally.closed > 0 ? [`${tally.broken} broken, ${tally.closed} closed`] : []),
  ].join('; ');
}

await runBenchmark(main);
