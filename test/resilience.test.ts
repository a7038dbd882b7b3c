import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { inProcessBus } from '../server/bus.ts';
import { derive } from '../server/config.ts';
import { closeDb, type Db, openDb } from '../server/db/open.ts';
import { tokens } from '../server/domain/accounts/tokens.ts';
import { signature } from '../server/domain/gateways/midtrans.ts';
import type { DonationCreated } from '../server/protocol/donations.ts';
import type { RefundView } from '../server/protocol/refunds.ts';
import type { Listed } from '../simulator/gateway.ts';
import { type FreshDatabase, freshDatabase } from './support/database.ts';
import { type Door, killed, startDoor } from './support/door.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { freePort } from './support/ports.ts';
import { tcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

const SERVER_KEY = 'SB-Mid-server-test-resilience';

describe('a server that is in trouble', () => {
  let database: FreshDatabase;
  let db: Db;
  let proxy: Awaited<ReturnType<typeof tcpProxy>>;
  let server: Door;
  let simulated: Door;
  let campaignId: string;
  const secret = randomBytes(32).toString('hex');

  const start = async (): Promise<Door> => {
    const url = new URL(database.appUrl);
    url.port = String(proxy.port);
    return startDoor('server', {
      port: await freePort(),
      env: {
        NODE_ENV: 'production',
        LOG_LEVEL: 'fatal',
        DATABASE_URL: url.href,
        DATABASE_POOL_MAX: '4',
        SECRET: secret,
        MIDTRANS_SERVER_KEY: SERVER_KEY,
        MIDTRANS_SNAP_URL: `${simulated.url}/midtrans/snap/v1`,
        MIDTRANS_CORE_URL: `${simulated.url}/midtrans`,
        LIMITS_FACTOR: '10000',
        DRAIN_MS: '0',
      },
    });
  };

  before(async () => {
    database = await freshDatabase();
    db = openDb({ url: database.appUrl, max: 4, name: 'test' });
    const { hostname, port } = new URL(database.appUrl);
    proxy = await tcpProxy({ host: hostname, port: Number(port) });
    simulated = await startDoor('simulator', {
      port: await freePort(),
      env: { MIDTRANS_SERVER_KEY: SERVER_KEY, NOTIFY_URL: 'http://127.0.0.1:9/none' },
    });
    server = await start();
    const bus = inProcessBus({ onFault: () => {} });
    ({ id: campaignId } = await liveCampaign({ db, bus }));
  });
  after(async () => {
    await killed(server);
    await killed(simulated);
    await proxy.close();
    await closeDb(db);
    await database.drop();
  });
  afterEach(() => expectBalancedBooks(db));

  const pledge = (key: string) =>
    fetch(`${server.url}/api/v1/campaigns/${campaignId}/donations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ gift: { amount: 50_000, currency: 'IDR' }, method: 'qris' }),
    });
  const tell = (reference: string, transactionId = `tx-${reference}`) => {
    const said = { order_id: reference, status_code: '200', gross_amount: '50000.00' };
    return fetch(`${server.url}/webhooks/midtrans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...said,
        transaction_status: 'settlement',
        transaction_id: transactionId,
        fraud_status: 'accept',
        currency: 'IDR',
        signature_key: signature(said, SERVER_KEY),
      }),
    });
  };
  const numberOf = async (query: string): Promise<number> =>
    Number((await db.one<{ n: bigint }>(`select count(*) as n from ${query}`)).n);

  async function financeToken(): Promise<string> {
    const { userId, roles, family } = await person(db, 'Dewi', 'finance');
    const signing = tokens({
      secrets: { a: derive(secret, 'access tokens') },
      signWith: 'a',
      revocations: { isRevoked: () => false },
    });
    return signing.issue({ userId, roles, family, at: new Date() }).accessToken;
  }

  /** The server dies when PostgreSQL has committed and before it hears so. */
  async function dyingAfterCommit(
    deed: () => Promise<unknown>,
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    proxy.onAnswer((answer) => !answer.includes('COMMIT'));
    const answered = deed().then(
      () => true,
      () => false,
    );
    await until(() => proxy.isCut);
    await until(isDone, { what: 'the deed to be committed' });
    await killed(server);
    expect(await answered, 'the caller was answered').to.equal(false);
    proxy.mend();
    server = await start();
  }

  /** The same at a later commit; true if the deed was answered before it came to so many, and the server lives. */
  async function answeredBeforeCommit(deed: () => Promise<unknown>, commits: number): Promise<boolean> {
    let seen = 0;
    proxy.onAnswer((answer) => {
      if (answer.includes('COMMIT')) seen += 1;
      return seen < commits;
    });
    let isAnswered = false;
    const over = deed().then(
      () => {
        isAnswered = true;
      },
      () => {},
    );
    await until(() => proxy.isCut || isAnswered);
    if (!proxy.isCut) {
      // Not mended, which would take the connections from under a server that is well.
      proxy.onAnswer(() => true);
      return true;
    }
    await killed(server);
    await over;
    expect(isAnswered, 'the caller was answered').to.equal(false);
    proxy.mend();
    server = await start();
    return false;
  }

  it('that dies between the commit of a notice and its answer books it once when the gateway comes again', async () => {
    const { donation } = (await (await pledge(randomUUID())).json()) as DonationCreated;
    const payment = await db.payments.latestOf(donation.id);
    const reference = payment?.reference ?? '';
    const isPaid = async () => (await db.payments.latestOf(donation.id))?.status === 'paid';
    await dyingAfterCommit(() => tell(reference), isPaid);
    expect((await tell(reference)).status).to.equal(200);
    expect(await numberOf('sk.journals')).to.equal(1);
    expect(
      await numberOf("sk.feed_events where type = 'donation.received' and feed like 'campaign:%'"),
    ).to.equal(1);
  });

  it('that dies between the commit of a pledge and its answer makes one gift when the donor tries again', async () => {
    const before = await numberOf('sk.donations');
    const key = randomUUID();
    await dyingAfterCommit(
      () => pledge(key),
      async () => (await numberOf('sk.idempotency_keys')) > 0,
    );
    expect((await pledge(key)).status, 'while the dead server still holds its claim').to.equal(409);
    // Stands for the thirty seconds after which the claim ends by itself.
    await db.none('update sk.idempotency_keys set lease_until = now()');
    const again = (await (await pledge(key)).json()) as DonationCreated;
    expect(await numberOf('sk.donations')).to.equal(before + 1);
    const once = (await (await pledge(key)).json()) as DonationCreated;
    expect(once.donation.id).to.equal(again.donation.id);
  });

  it('that dies at any commit of a refund gives back once when finance tries again', async function () {
    this.timeout(120_000);
    let commits = 1;
    for (let isAnswered = false; !isAnswered; commits++) {
      const { donation } = (await (await pledge(randomUUID())).json()) as DonationCreated;
      const reference = (await db.payments.latestOf(donation.id))?.reference ?? '';
      const paid = await fetch(`${simulated.url}/_control/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orderId: reference, action: 'pay' }),
      });
      expect(paid.status).to.equal(200);
      const listed = await fetch(`${simulated.url}/_control/transactions?orderId=${reference}`);
      const { transactions } = (await listed.json()) as { transactions: Listed[] };
      expect((await tell(reference, transactions[0]?.transaction_id ?? '')).status).to.equal(200);
      const key = randomUUID();
      const authorization = `Bearer ${await financeToken()}`;
      const refund = () =>
        fetch(`${server.url}/api/v1/donations/${donation.id}/refunds`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key, authorization },
          body: JSON.stringify({ gift: { amount: 50_000, currency: 'IDR' }, reason: 'Salah jumlah' }),
        });
      const before = await numberOf("sk.journals where kind = 'refund'");
      isAnswered = await answeredBeforeCommit(refund, commits);
      // Stands for the thirty seconds after which the claim ends by itself.
      await db.none('update sk.idempotency_keys set lease_until = now() where status is null');
      const again = await refund();
      expect(again.status, `after commit ${commits}`).to.equal(201);
      const { refund: view } = (await again.json()) as { refund: RefundView };
      expect(view, `after commit ${commits}`).to.include({ status: 'done', failure: null });
      expect(await numberOf("sk.journals where kind = 'refund'")).to.equal(before + 1);
      expect(await numberOf('sk.refunds')).to.equal(before + 1);
    }
    // At least: the claim, the asking, the booking, the answer that is kept.
    expect(commits).to.be.greaterThan(3);
  });

  it('whose database hangs says so to everybody soon, piles nobody up, and serves again when it moves', async () => {
    const admin = new pg.Client(database.adminUrl);
    await admin.connect();
    await admin.query('begin');
    await admin.query('lock table sk.campaigns in access exclusive mode');
    const answers = await Promise.all(
      Array.from({ length: 400 }, () => fetch(`${server.url}/api/v1/campaigns`)),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([503]));
    expect(answers.every(({ headers }) => Number(headers.get('retry-after')) > 0)).to.equal(true);
    // Those beyond the bound did not wait for a connection that they would not get: they are told to stay away longer.
    expect(answers.some(({ headers }) => headers.get('retry-after') === '2')).to.equal(true);
    const details = await Promise.all(answers.map((answer) => answer.json() as Promise<{ code: string }>));
    expect(details.every(({ code }) => code === 'unavailable')).to.equal(true);
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
    await admin.query('rollback');
    await admin.end();
    await until(async () => (await fetch(`${server.url}/api/v1/campaigns`)).status === 200);
  });

  it('tells how late its event loop runs', async () => {
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    expect(figures).to.match(/^sk_nodejs_eventloop_lag_p99_seconds \d/m);
  });
});
