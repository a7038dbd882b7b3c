import type { ChildProcess } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { derive } from '../server/config.ts';
import { closeDb, openDb } from '../server/db/open.ts';
import { revocations } from '../server/domain/accounts/revocations.ts';
import { tokens } from '../server/domain/accounts/tokens.ts';
import { findBreaks } from '../server/domain/ledger/check.ts';
import type { DonationCreated } from '../server/protocol/donations.ts';
import { rupiah } from '../server/protocol/money.ts';
import type { RefundPage, RefundView } from '../server/protocol/refunds.ts';
import { simulator } from '../simulator/app.ts';
import { person } from '../test/support/house.ts';
import {
  buildIfStale,
  dropDatabase,
  ended,
  freePort,
  freshDatabase,
  openPostgres,
  say,
  startServer,
  withAdmin,
} from './ground.ts';
import { notification, type OpenPayment } from './ingest/notification.ts';
import { prepare } from './ingest/prepare.ts';
import { count } from './ingest/verify.ts';
import { close, closing, pause, runBenchmark } from './run.ts';

/**
 * `npm run bench:soak -- --minutes 5`: gifts and refunds without a pause, while servers are killed, the jobs too, and
 * PostgreSQL is restarted. Two streams:
 *
 *   notices   signed webhooks for prepared payments, of a hot campaign and of a hundred others, every tenth one gives an
 *             earlier gift back; each is sent again, to either server, until it is answered 2xx, as a gateway would
 *   donors    gifts pledged through the API and paid at the simulator, which finance gives back through the API
 *
 * In the end every notice that was answered 2xx is booked exactly once, every refund that was answered is made exactly
 * once, and no check of the books finds anything. The last line of stdout is one JSON object. Ends with 1 otherwise.
 */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 24 * 60)) {
  console.error('usage: npm run bench:soak -- --minutes 5');
  process.exit(1);
}

const NOTICES_PER_S = 200;
const DONORS_PER_S = 4;
const REFUND_EVERY = 10;
const SERVERS = 2;
const HOT_SHARE = 0.7;
const CAMPAIGNS = 100;
const KILL_AFTER_MS = [4_000, 9_000] as const;
const RESTART_AFTER_MS = [20_000, 40_000] as const;
const AGAIN_MS = 100;
/** How long after the last fault everything has to be answered. */
const SETTLE_MS_MAX = 180_000;
/** Notices under way at a time; beyond it the stream waits, as gateways do. */
const UNDER_WAY_MAX = 400;

const DATABASE = 'soak';
const SERVER_KEY = 'SB-Mid-server-bench-soak';
const SECRET = 'a secret that only this soak uses, and no one else';

async function main(): Promise<number> {
  await buildIfStale();
  const postgres = await openPostgres('soak-postgres');
  closing.push(() => postgres.stop());
  const { appUrl, adminUrl } = await freshDatabase(postgres, DATABASE);
  closing.push(() => dropDatabase(postgres, DATABASE));
  const total = Math.ceil(minutes * 60 * NOTICES_PER_S);
  const hot = Math.ceil(total * HOT_SHARE);
  say(`${total} open payments`);
  const open = await prepare({ appUrl, adminUrl, hot, spread: total - hot, campaigns: CAMPAIGNS });

  const db = openDb({ url: appUrl, max: 2, name: 'soak' });
  const finance = await person(db, 'Dewi', 'finance');
  const { id: campaignId } = await db.one('select id from sk.campaigns order by created_at limit 1');
  await closeDb(db);
  const signing = tokens({
    secrets: { a: derive(SECRET, 'access tokens') },
    signWith: 'a',
    revocations: revocations(),
  });
  /** Each call with a token of its own, which lasts ten minutes. */
  const asFinance = () => {
    const { userId, roles } = finance;
    const { accessToken } = signing.issue({ userId, roles, family: finance.family, at: new Date() });
    return { authorization: `Bearer ${accessToken}` };
  };

  const ports = await Promise.all(Array.from({ length: SERVERS + 1 }, freePort));
  const simulatorUrl = await openSimulator(`http://127.0.0.1:${ports[0]}/webhooks/midtrans`);
  const house = await openProcesses({
    ports,
    settings: {
      DATABASE_URL: appUrl,
      SECRET,
      MIDTRANS_SERVER_KEY: SERVER_KEY,
      MIDTRANS_SNAP_URL: `${simulatorUrl}/midtrans/snap/v1`,
      MIDTRANS_CORE_URL: `${simulatorUrl}/midtrans`,
    },
  });

  const until = performance.now() + minutes * 60_000;
  const settled = until + SETTLE_MS_MAX;
  const faults = { killed: 0, restarted: 0 };
  const chaos = Promise.all([
    everySoOften(KILL_AFTER_MS, until, async () => {
      await house.kill(randomInt(SERVERS + 1));
      faults.killed += 1;
    }),
    everySoOften(RESTART_AFTER_MS, until, async () => {
      await postgres.restart();
      faults.restarted += 1;
    }),
  ]);
  const tally = { answered: [] as OpenPayment[], refused: 0, donors: 0 };
  const refunds = new Map<string, string>();
  const anyServer = (): string => `http://127.0.0.1:${ports[randomInt(SERVERS)]}`;

  /** Asks until the answer is a good one; undefined once time is up. */
  async function insist<T>(
    ask: () => Promise<Response>,
    isGood: (status: number) => boolean,
  ): Promise<T | undefined> {
    while (performance.now() < settled) {
      const answer = await ask().catch(() => null);
      const body = await answer?.text().catch(() => null);
      if (answer && body !== null && body !== undefined && isGood(answer.status))
        return JSON.parse(body) as T;
      tally.refused += 1;
      await pause(AGAIN_MS);
    }
    return undefined;
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${anyServer()}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
    });

  async function notify(payment: OpenPayment): Promise<void> {
    const said = notification(payment, SERVER_KEY);
    if (
      await insist(
        () => post('/webhooks/midtrans', said),
        (status) => status < 300,
      )
    )
      tally.answered.push(payment);
  }
  async function donate(): Promise<void> {
    const gift = { gift: rupiah(20_000 + 1_000 * randomInt(50)), method: 'qris' };
    const key = { 'idempotency-key': randomUUID() };
    const made = await insist<DonationCreated>(
      () => post(`/api/v1/campaigns/${campaignId}/donations`, gift, key),
      (status) => status === 201,
    );
    if (!made) return;
    const redirectUrl = made.payment.redirectUrl ?? '';
    const paid = await insist(
      () =>
        fetch(redirectUrl, {
          method: 'POST',
          body: new URLSearchParams({ action: 'pay' }),
          redirect: 'manual',
        }).then(() => Response.json({})),
      (status) => status === 200,
    );
    if (!paid) return;
    tally.donors += 1;
    const asked = { gift: gift.gift, reason: 'Salah jumlah' };
    const again = { 'idempotency-key': randomUUID() };
    const given = await insist<{ refund: RefundView }>(
      () => post(`/api/v1/donations/${made.donation.id}/refunds`, asked, { ...again, ...asFinance() }),
      (status) => status === 201,
    );
    if (given) refunds.set(given.refund.id, made.donation.id);
  }

  await Promise.all([
    paced(NOTICES_PER_S, until, withRefunds([...open.hot, ...open.spread]), notify),
    paced(DONORS_PER_S, until, Array.from({ length: Math.ceil(minutes * 60 * DONORS_PER_S) }), donate),
    chaos,
  ]);
  await house.wake();

  say('waiting for what gateways and jobs still owe');
  const requested = async (): Promise<number> => {
    const page = await insist<RefundPage>(
      () =>
        fetch(`${anyServer()}/api/v1/finance/refunds?status=requested`, {
          headers: asFinance(),
        }),
      (status) => status === 200,
    );
    return page?.items.length ?? 1;
  };
  while (performance.now() < settled && (await requested()) > 0) await pause(1_000);

  // What was restarted so often has not looked at its tables lately; a plan for empty ones reads them for ever.
  await withAdmin(adminUrl, (admin) => admin.query('analyze'));
  const booked = await count({ appUrl, answered: tally.answered });
  const end = openDb({ url: appUrl, max: 2, name: 'soak' });
  const breaks = await findBreaks(end);
  for (const { check, rows } of breaks) say(`${check}: ${rows} rows break it`);
  const made: { id: string; journals: number }[] = await end.any(
    `select r.id, count(j.id)::int as journals from sk.refunds r left join sk.journals j on j.client_key = 'refund:' || r.id
     where r.made_at = 'platform' group by r.id`,
  );
  await closeDb(end);
  const times = new Map(made.map(({ id, journals }) => [id, journals]));
  const refundTimes = [...refunds.keys()].map((id) => times.get(id) ?? 0);
  const figures = {
    answered: booked.answered + refunds.size,
    booked: booked.booked + refundTimes.filter((n) => n === 1).length,
    twice: booked.twice + refundTimes.filter((n) => n > 1).length,
    lost: booked.lost + refundTimes.filter((n) => n === 0).length,
    broken_invariants: breaks.length,
    api_refunds: refunds.size,
    donors: tally.donors,
    asked_again: tally.refused,
    ...faults,
    minutes,
  };
  await close();
  console.log(JSON.stringify(figures));
  return figures.twice + figures.lost + figures.broken_invariants === 0 && figures.booked === figures.answered
    ? 0
    : 1;
}

/** Gifts among which earlier ones are given back at the gateway. */
function withRefunds(payments: OpenPayment[]): OpenPayment[] {
  return payments.flatMap((payment, index) => {
    const earlier = index % REFUND_EVERY === 0 ? payments[index - REFUND_EVERY * 100] : undefined;
    return earlier ? [payment, { ...earlier, refunded: true as const }] : [payment];
  });
}

/** Starts so many a second, each on its own, until the time is up; ends when all that were started have. */
async function paced<T>(
  perS: number,
  until: number,
  items: T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const underWay = new Set<Promise<void>>();
  for (const [index, item] of items.entries()) {
    if (performance.now() >= until) break;
    const due = started + (index / perS) * 1_000 - performance.now();
    if (due > 0) await pause(due);
    while (underWay.size >= UNDER_WAY_MAX) await Promise.race(underWay);
    const one: Promise<void> = work(item)
      .catch((fault: unknown) => say(String(fault)))
      .finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
}

async function everySoOften(
  [least, most]: readonly [number, number],
  until: number,
  work: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await pause(randomInt(least, most));
    if (performance.now() >= until) return;
    await work();
  }
}

/** Payments, refunds and the notifications of them, which are repeated until they are answered. */
async function openSimulator(notifyUrl: string): Promise<string> {
  const web = createServer();
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const simulated = simulator({
    publicUrl: url,
    midtrans: { serverKey: SERVER_KEY, merchantId: 'G000000000', notifyUrl },
    ordersMax: 1_000_000,
    log: () => {},
  });
  web.on('request', simulated.app);
  closing.push(async () => {
    web.close();
    await simulated.close();
    web.closeAllConnections();
  });
  return url;
}

/** The servers and the jobs, each of which may be killed and is then started again. */
async function openProcesses({ ports, settings }: { ports: number[]; settings: Record<string, string> }) {
  const scripts = [...Array<string>(SERVERS).fill('dist/server/main.js'), 'dist/jobs/main.js'];
  const running: (ChildProcess | null)[] = [];
  const start = async (index: number): Promise<void> => {
    const [script, port] = [scripts[index], ports[index]];
    if (script === undefined || port === undefined) throw new Error('no such process');
    running[index] = null;
    // One that meets a database that is just being restarted ends with a sentence; it is started again.
    for (;;) {
      const child = await startServer([script], port, settings).catch(() => null);
      if (child) {
        running[index] = child;
        return;
      }
      await pause(AGAIN_MS);
    }
  };
  await Promise.all(scripts.map((_script, index) => start(index)));
  closing.push(() => Promise.all(running.map((child) => child && ended(child, 'SIGKILL'))));
  return {
    async kill(index: number): Promise<void> {
      const child = running[index];
      if (!child) return;
      await ended(child, 'SIGKILL');
      await start(index);
    },
    /** Starts what is not running. */
    async wake(): Promise<void> {
      for (const [index, child] of running.entries()) {
        if (!child || child.exitCode !== null || child.signalCode !== null) await start(index);
      }
    },
  };
}

await runBenchmark(main);
