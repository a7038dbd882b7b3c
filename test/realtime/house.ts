import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket as TcpSocket,
} from 'node:net';
import { Registry } from 'prom-client';
import { type Connection, connect } from '../../client/src/feed.ts';
import type { Bus, Source } from '../../realtime/follower.ts';
import { type RealtimeOptions, realtime } from '../../realtime/io.ts';
import { GUEST, type Principal } from '../../server/domain/accounts/principal.ts';
import { Refusal } from '../../server/domain/refusal.ts';
import { apply, HIDING } from '../../server/protocol/apply.ts';
import type { Totals } from '../../server/protocol/campaigns.ts';
import type { WallItem } from '../../server/protocol/donations.ts';
import {
  CATCH_UP_MAX,
  type CampaignState,
  type FeedEvent,
  type News,
  parseFeed,
} from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';

/** The live door on a real HTTP server with real sockets; the feeds' tables and the bus stand here in memory. */

export const CAMPAIGN = 'campaign:0198b2c4-0000-7000-8000-000000000001';
export const DONATION = 'donation:0198b2c4-0000-7000-8000-0000000000d1';
export const CLAIM = 'c2VjcmV0';
export const TOKEN_LIFE_MS = 600_000;

type Feed = { epoch: string; events: FeedEvent[]; state: unknown; first: unknown; totals: Totals };

const CAMPAIGN_STATE: CampaignState = {
  totals: { raised: rupiah(0), donorCount: 0 },
  status: 'live',
  title: 'Air bersih untuk Sumba',
  goal: rupiah(50_000_000),
  endsOn: '2026-12-31',
  endsAt: '2026-12-31T16:00:00.000Z',
  picture: null,
  wall: [],
  updates: [],
};

/** Feeds as the database keeps them: numbered, redacted in place, state and events of one moment. */
export class Log {
  readonly feeds = new Map<string, Feed>();
  reads = 0;
  comparisons = 0;
  readonly askedFor = new Set<string>();
  /** While set, every question waits for it. */
  gate: Promise<void> | undefined;
  isDown = false;

  constructor() {
    this.open(CAMPAIGN, CAMPAIGN_STATE);
    this.open(DONATION, { donation: null });
    this.open('revocations', null);
    this.open('moderation', { submitted: [], held: [] });
  }

  open(feed: string, state: unknown = CAMPAIGN_STATE, epoch = 'e1'): void {
    this.feeds.set(feed, { epoch, events: [], state, first: state, totals: CAMPAIGN_STATE.totals });
  }

  head(feed: string): number {
    return this.#feed(feed).events.length;
  }

  state(feed: string): unknown {
    return this.#feed(feed).state;
  }

  append(feed: string, ...said: { type: string; data: unknown }[]): News {
    const of = this.#feed(feed);
    const from = of.events.length + 1;
    const events = said.map(({ type, data }, i): FeedEvent => {
      const event = { seq: from + i, type, at: new Date().toISOString(), data };
      return type === 'donation.received' ? { ...event, totals: this.#count(of, data as WallItem) } : event;
    });
    for (const event of events) {
      if (event.type === 'donation.hidden') this.#redact(of, (event.data as { id: string }).id);
      of.state = apply(parseFeed(feed).kind, of.state, event) ?? of.state;
      of.events.push({ ...event });
    }
    return { feed, epoch: of.epoch, from, to: of.events.length, events };
  }

  /** As after a restore: another history, or an older state of the same one. */
  restore(feed: string, { epoch, keep }: { epoch: string; keep: number }): void {
    const of = this.#feed(feed);
    of.epoch = epoch;
    of.events = of.events.slice(0, keep);
    of.state = of.events.reduce((state, event) => apply(parseFeed(feed).kind, state, event), of.first);
  }

  readonly source: Source = {
    read: async (feed, since) => {
      this.reads++;
      await this.#wait();
      const of = this.feeds.get(feed);
      if (!of) return null;
      const events = of.events.slice(since, since + CATCH_UP_MAX).map((event) => ({ ...event }));
      return { epoch: of.epoch, head: of.events.length, events, state: of.state };
    },
    heads: async (feeds) => {
      this.comparisons++;
      for (const feed of feeds) this.askedFor.add(feed);
      await this.#wait();
      return feeds.flatMap((feed) => {
        const of = this.feeds.get(feed);
        return of ? [{ feed, epoch: of.epoch, head: of.events.length }] : [];
      });
    },
  };

  async #wait(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.gate;
    if (this.isDown) throw new Error('the database is down');
  }

  #count(of: Feed, { gift }: WallItem): Totals {
    of.totals = {
      raised: rupiah(of.totals.raised.amount + gift.amount),
      donorCount: of.totals.donorCount + 1,
    };
    return of.totals;
  }

  #redact(of: Feed, id: string): void {
    of.events = of.events.map((event) =>
      (event.data as { id?: string }).id === id && HIDING[event.type]
        ? { ...event, data: { ...(event.data as object), ...HIDING[event.type] } }
        : event,
    );
  }

  #feed(name: string): Feed {
    const feed = this.feeds.get(name);
    if (!feed) throw new Error(`no feed ${name}`);
    return feed;
  }
}

export class TestBus implements Bus {
  /** While true, news is lost, and the bus knows it. */
  isDown = false;
  readonly #listeners = new Set<(news: News) => void>();

  publish(all: News[]): void {
    if (this.isDown) return;
    for (const news of all) for (const listen of this.#listeners) listen(structuredClone(news));
  }

  subscribe(listen: (news: News) => void): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  follow(): () => void {
    return () => {};
  }

  isSound(): boolean {
    return !this.isDown;
  }
}

export type House = Awaited<ReturnType<typeof openHouse>>;

export async function openHouse(options: Partial<RealtimeOptions> = {}) {
  const log = new Log();
  const bus = new TestBus();
  const faults: string[] = [];
  const tokens = new Map<string, Principal>();
  /** Who is on the team of every campaign. */
  const team = new Set<string>();
  const registry = new Registry();
  const connections: Connection[] = [];
  const server = createServer((_, res) => res.end('the house itself'));
  const live = realtime({
    source: log.source,
    bus,
    tokenLifeMs: TOKEN_LIFE_MS,
    registry,
    drainMs: 200,
    fault: (where, fault) =>
      faults.push(`${where}: ${fault instanceof Error ? fault.message : String(fault)}`),
    identify: async (token) => {
      if (token === null) return GUEST;
      const known = tokens.get(token);
      if (!known) throw new Refusal('unauthenticated', 'No such token.');
      return { ...known };
    },
    mayWatch: async (principal, feed, claimToken) => {
      const { kind, id } = parseFeed(feed);
      if (kind === 'campaign') return true;
      if (kind === 'donation') return claimToken === CLAIM;
      if (principal.kind === 'guest') return false;
      if (kind === 'owner') return team.has(principal.userId);
      return kind === 'user' ? principal.userId === id : principal.roles.includes('moderator');
    },
    ...options,
  });
  live.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    log,
    bus,
    live,
    faults,
    tokens,
    team,
    port,
    url: `http://127.0.0.1:${port}`,

    /** Commits and publishes, as a server does. */
    say(feed: string, ...said: { type: string; data: unknown }[]): void {
      bus.publish([log.append(feed, ...said)]);
    },

    connect(given: Parameters<typeof connect>[0] = {}): Connection {
      const connection = connect({ url: `http://127.0.0.1:${port}`, ...given });
      connections.push(connection);
      return connection;
    },

    /** A figure, summed over its labels but for those that have this value. */
    async metric(name: string, label?: string): Promise<number> {
      const found = await registry.getSingleMetric(name)?.get();
      const values =
        found?.values.filter(({ labels }) => label === undefined || Object.values(labels).includes(label)) ??
        [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },

    /** All figures, as they are scraped. */
    figures: (): Promise<string> => registry.metrics(),

    signIn(token: string, who: Partial<Extract<Principal, { kind: 'user' }>> & { userId: string }): void {
      const expiresAt = Date.now() + TOKEN_LIFE_MS;
      tokens.set(token, { kind: 'user', roles: [], family: `family of ${token}`, expiresAt, ...who });
    },

    async close(): Promise<void> {
      for (const connection of connections) connection.close();
      await live.drain();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

let gifts = 0;
export const gift = (name: string | null = 'Ayu', message: string | null = null, amount = 10_000) => ({
  type: 'donation.received',
  data: { id: `gift-${++gifts}`, name, gift: rupiah(amount), message, at: '2026-08-01T00:00:00.000Z' },
});

/** A watcher that writes down all it hears, in the order in which it hears it. */
export function watcher(
  connection: Connection,
  feed = CAMPAIGN,
  options: { claimToken?: string; from?: { epoch: string; since: number } } = {},
) {
  const heard = {
    /** Numbers of the events given to the page, in order. */
    seqs: [] as number[],
    events: [] as { seq: number; type: string; data: unknown; totals?: Totals; caughtUp: boolean }[],
    states: [] as { head: number; state: unknown }[],
    elided: 0,
    refusals: [] as string[],
    /** Where this watcher stands. */
    last: options.from?.since ?? -1,
  };
  const watching = connection.watch<unknown, Record<string, unknown>>(feed, {
    ...options,
    onState(state, head) {
      heard.states.push({ head, state });
      heard.last = head;
    },
    onEvents(events, { elided, caughtUp }) {
      for (const { seq, type, data, totals } of events) {
        heard.seqs.push(seq);
        heard.events.push({ seq, type, data, ...(totals ? { totals } : {}), caughtUp });
        heard.last = seq;
      }
      heard.elided += elided;
    },
    onRefused: (code) => heard.refusals.push(code),
  });
  return Object.assign(heard, watching);
}

/** The campaign's state as the page was last given it. */
export function stateOf({ states }: { states: { state: unknown }[] }): CampaignState {
  const last = states.at(-1);
  if (!last) throw new Error('no state was given');
  return last.state as CampaignState;
}

/** A wire that can be cut, or hold back what the server sends. */
export async function wire(port: number) {
  const pairs = new Set<[TcpSocket, TcpSocket]>();
  let isHeld = false;
  const server = createTcpServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    const pair: [TcpSocket, TcpSocket] = [near, far];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => near.write(data));
    if (isHeld) far.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    get connections() {
      return pairs.size;
    },
    cut(): void {
      for (const [near] of pairs) near.destroy();
    },
    /** The connections that stand die without a word; new ones work. */
    freeze(): void {
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    hold(): void {
      isHeld = true;
      for (const [, far] of pairs) far.pause();
    },
    letGo(): void {
      isHeld = false;
      for (const [, far] of pairs) far.resume();
    },
    async close(): Promise<void> {
      for (const [near] of pairs) near.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
