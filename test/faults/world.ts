import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type Connection, connect } from '../../client/src/feed.ts';
import { inProcessBus } from '../../server/bus.ts';
import { derive } from '../../server/config.ts';
import { closeDb, type Db, openDb } from '../../server/db/open.ts';
import { tokens } from '../../server/domain/accounts/tokens.ts';
import type { CampaignView } from '../../server/protocol/campaigns.ts';
import type { DonationCreated } from '../../server/protocol/donations.ts';
import { campaignFeed, donationFeed, MODERATION, ownerFeed } from '../../server/protocol/feeds.ts';
import { root } from '../../server/root.ts';
import { type Door, killed } from '../support/door.ts';
import { startApart } from '../support/doors.ts';
import { liveCampaign, type person } from '../support/house.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { expectEach, expectTruth, type Screen, screen } from './screens.ts';

const GIFT = 20_000;
/** A word with a link waits for a moderator. */
const HELD_EVERY = 4;
const HELD = 'kunjungi contoh.example';
const GIVE_EVERY_MS = 100;
const GIVING_AT_ONCE = 5;
const PATIENCE = { timeoutMs: 120_000, everyMs: 100 };

export type World = Awaited<ReturnType<typeof openWorld>>;
type Proxy = Awaited<ReturnType<typeof tcpProxy>>;
type Pledged = DonationCreated['donation'] & { claimToken: string; payUrl: string };

/**
 * The product apart, on a PostgreSQL of its own, with a cable that can be cut between each door and PostgreSQL and
 * between each door and Redis; and people who give while others watch.
 */
export async function openWorld() {
  const postgres: OwnPostgres = await startOwnPostgres();
  const cables = new Map<string, Proxy>();
  const toPostgres = new Set<Proxy>();
  const toRedis = new Set<Proxy>();
  async function cable(name: string, port: number, of: Set<Proxy>): Promise<Proxy> {
    const known = cables.get(name) ?? (await tcpProxy({ host: '127.0.0.1', port }));
    cables.set(name, known);
    of.add(known);
    return known;
  }
  const through = (url: string, { port }: Proxy): string =>
    Object.assign(new URL(url), { port: String(port) }).href;

  const apart = await startApart({
    on: postgres,
    floodFactor: 50,
    async settings(name, nth, { redisUrl }) {
      const pg = await cable(`${name}-${nth}-postgres`, postgres.port, toPostgres);
      const redis = await cable(`${name}-${nth}-redis`, Number(new URL(redisUrl).port), toRedis);
      return {
        DATABASE_URL: through(postgres.appUrl, pg),
        REDIS_URL: through(redisUrl, redis),
        DATABASE_POOL_MAX: '5',
      };
    },
  });
  const connections: { connection: Connection; wire: Wire; status: string }[] = [];
  const own = await cable('own', postgres.port, toPostgres);
  const db: Db = openDb({ url: through(postgres.appUrl, own), max: 4, name: 'test' });
  async function close(): Promise<void> {
    for (const { connection } of connections) connection.close();
    await closeDb(db);
    await apart.close();
    for (const proxy of cables.values()) await proxy.close();
  }
  const bus = inProcessBus({ onFault: () => {} });
  const campaign = await liveCampaign({ db, bus }, { goal: 900_000_000 }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const signing = tokens({
    secrets: { a: derive(apart.secret, 'access tokens') },
    signWith: 'a',
    revocations: { isRevoked: () => false },
  });

  const screens: Screen[] = [];
  const donors: Pledged[] = [];
  const given: Pledged[] = [];

  function sitDown(who?: Awaited<ReturnType<typeof person>>): Connection {
    const token = who
      ? () =>
          signing.issue({ userId: who.userId, roles: who.roles, family: who.family, at: new Date() })
            .accessToken
      : () => null;
    const wire = new Wire();
    const connection = connect({ url: apart.url, token, socket: { agent: wire } as object });
    const one = { connection, wire, status: '' };
    connection.onStatus((status) => {
      one.status = status;
    });
    connections.push(one);
    return connection;
  }

  function repoint(some: Iterable<Proxy>): void {
    for (const proxy of some) {
      proxy.retarget(postgres.port);
      proxy.mend();
    }
  }

  /** As a page does: the same key until there is an answer, whatever breaks on the way. */
  async function pledge(message?: string): Promise<Pledged> {
    const key = randomUUID();
    const { donation, claimToken, payment } = await until(
      async () => {
        const answer = await fetch(`${apart.url}/api/v1/campaigns/${campaign.id}/donations`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify({
            gift: { amount: GIFT, currency: 'IDR' },
            method: 'qris',
            donor: { name: 'Ayu' },
            ...(message ? { message } : {}),
          }),
          signal: AbortSignal.timeout(10_000),
        });
        // Stands for the thirty seconds after which the claim of a server that died ends by itself.
        if (answer.status === 409) await db.none('update sk.idempotency_keys set lease_until = now()');
        return answer.status === 201 && ((await answer.json()) as DonationCreated);
      },
      { ...PATIENCE, what: 'a pledge to be taken' },
    );
    return { ...donation, claimToken, payUrl: payment.redirectUrl ?? '' };
  }
  async function pay({ payUrl }: Pledged): Promise<void> {
    const paid = await fetch(payUrl, {
      method: 'POST',
      body: new URLSearchParams({ action: 'pay' }),
      redirect: 'manual',
    });
    expect(paid.status).to.be.below(400);
  }
  async function give(): Promise<void> {
    const gift = await pledge(given.length % HELD_EVERY === 0 ? HELD : undefined);
    await pay(gift);
    given.push(gift);
  }

  return {
    apart,
    db,
    postgres,
    screens,
    campaignId: campaign.id,
    give,
    pledge,
    pay,
    cable(door: 'server' | 'realtime', nth: number, to: 'postgres' | 'redis'): Proxy {
      const found = cables.get(`${door}-${nth}-${to}`);
      if (!found) throw new Error(`there is no cable from ${door} ${nth} to ${to}`);
      return found;
    },

    /** Guests, the owner, the moderator and two donors who have yet to pay, on both live doors. */
    async watch(): Promise<void> {
      for (let i = 0; i < 4; i += 1) screens.push(screen(sitDown(), campaignFeed(campaign.id)));
      for (let i = 0; i < 2; i += 1) {
        const owner = sitDown(campaign.owner);
        screens.push(screen(owner, ownerFeed(campaign.id)), screen(owner, campaignFeed(campaign.id)));
        screens.push(screen(sitDown(campaign.moderator), MODERATION));
        const gift = await pledge();
        donors.push(gift);
        const { id, claimToken } = gift;
        screens.push(screen(sitDown(), donationFeed(id), { claimToken }));
      }
      await until(() => screens.every(({ states }) => states.length > 0), {
        ...PATIENCE,
        what: 'every screen to show its feed',
      });
      for (const door of apart.realtimes)
        expect(await figure(door, 'realtime_connections'), 'screens at each live door').to.be.above(0);
    },

    /** All sockets of those who watch, at once and without a word. */
    dropSockets(): void {
      for (const one of connections) {
        // So that `allLive` waits for the way back also where the client has not noticed yet.
        one.status = '';
        one.wire.cut();
      }
    },
    allLive: () =>
      until(() => connections.every(({ status }) => status === 'live'), {
        ...PATIENCE,
        what: 'everybody to be back',
      }),

    /** People go on giving while something happens, from before it until after it. */
    async whileGiving(happen: () => Promise<unknown>): Promise<void> {
      let isOver = false;
      const all: Promise<void>[] = [];
      const giving = (async () => {
        while (!isOver) {
          if (all.length - given.length < GIVING_AT_ONCE) all.push(give());
          await new Promise((resolve) => setTimeout(resolve, GIVE_EVERY_MS));
        }
      })();
      const more = (count: number) => {
        const enough = given.length + count;
        return until(() => given.length >= enough, { ...PATIENCE, what: `${count} more gifts` });
      };
      given.length = 0;
      try {
        await more(5);
        await happen();
        await Promise.all(donors.splice(0).map(pay));
        await more(8);
      } finally {
        isOver = true;
        await giving;
      }
      await Promise.all(all);
      await this.allBooked();
    },
    /** Until nothing that was paid waits for the gateway's word. */
    async allBooked(): Promise<void> {
      await until(
        async () => {
          const ids = given.map(({ id }) => id);
          const { n } = await db.one<{ n: bigint }>(
            "select count(*) as n from sk.donations where id = any($1::uuid[]) and status <> 'paid'",
            [ids],
          );
          return Number(n) === 0;
        },
        { ...PATIENCE, what: 'every gift to be booked' },
      );
    },

    /** Every screen shows each event once, in order, one by one, and what the database says. */
    expectEach: () => expectEach(db, screens),
    /** Every screen shows what the database says, and what it did not show one by one it told by a state. */
    async expectTruth(): Promise<void> {
      for (const one of screens) await expectTruth(db, one);
    },
    async raised(): Promise<number> {
      const answer = await fetch(`${apart.url}/api/v1/campaigns/${campaign.id}`);
      return ((await answer.json()) as { campaign: CampaignView }).campaign.raised.amount;
    },
    /** News reaches each live door by Redis, so that it reads nothing from the database. */
    async expectNewsOverRedis(): Promise<void> {
      for (const door of apart.realtimes)
        await until(
          async () => {
            const healed = await figure(door, 'realtime_healed_total');
            const events = await figure(door, 'realtime_events_total');
            await give();
            await until(async () => (await figure(door, 'realtime_events_total')) > events, PATIENCE);
            return (await figure(door, 'realtime_healed_total')) === healed;
          },
          { timeoutMs: 30_000, what: 'news to come over Redis again' },
        );
      await this.allBooked();
    },

    /** Cables are whole, nobody watches. */
    async tidy(): Promise<void> {
      for (const { connection } of connections.splice(0)) connection.close();
      screens.length = 0;
      donors.length = 0;
      for (const proxy of [...toPostgres, ...toRedis]) if (proxy.isCut) proxy.mend();
    },
    /**
     * `lost` gifts are given after the last backup, which then takes the place of PostgreSQL's files. The live doors reach
     * it again only after `again` gifts came to what was restored. Answers what renewing the epochs said.
     */
    async setBack({ lost, again = 0, renew = false }: { lost: number; again?: number; renew?: boolean }) {
      await postgres.backUp();
      repoint(toPostgres);
      for (let i = 0; i < lost; i += 1) await this.give();
      await this.allBooked();
      await this.expectTruth();
      const live = [0, 1].map((nth) => this.cable('realtime', nth, 'postgres'));
      for (const proxy of live) proxy.cut();
      await postgres.restore();
      const said = renew ? await renewEpochs(postgres.migrateUrl) : '';
      repoint([...toPostgres].filter((proxy) => !live.includes(proxy)));
      for (let i = 0; i < again; i += 1) await this.give();
      await this.allBooked();
      repoint(live);
      return said;
    },
    close,
    async restarted(name: 'server' | 'realtime', nth: 0 | 1): Promise<void> {
      await killed(apart[`${name}s`][nth]);
      apart[`${name}s`][nth] = await apart.start(name, apart[`${name}s`][nth].port);
    },
  };
}

async function renewEpochs(migrateUrl: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/server/renew-epochs.js'], {
    cwd: root,
    env: { MIGRATE_DATABASE_URL: migrateUrl },
  });
  return stdout;
}

/** What a client connects through; it can be cut. */
class Wire extends Agent {
  readonly #sockets = new Set<Duplex>();

  override createConnection(
    ...given: Parameters<Agent['createConnection']>
  ): ReturnType<Agent['createConnection']> {
    const socket = super.createConnection(...given);
    if (socket) this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    return socket;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** One figure of a door, summed over its labels. */
export async function figure({ url }: Door, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  if (lines.length === 0) throw new Error(`no figure ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
