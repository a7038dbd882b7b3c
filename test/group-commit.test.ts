import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { migrate } from '../server/db/migrate.ts';
import { acting, actingAtOnce, closeDb, isDataError, Last, openDb } from '../server/db/open.ts';
import { receiver } from '../server/domain/donations/receive.ts';
import type { Outcome } from '../server/domain/gateways/gateway.ts';
import { groupCommit } from '../server/domain/group-commit.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { startEmbeddedPostgres } from '../server/embedded/postgres.ts';
import { campaignFeed, donationFeed } from '../server/protocol/feeds.ts';
import { root } from '../server/root.ts';
import {
  expectBalancedBooks,
  liveCampaign,
  openHouse,
  pledged,
  pledgedMany,
  type TestHouse,
} from './support/house.ts';
import { said } from './support/notices.ts';
import { tcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

const count = (outcomes: Outcome[], outcome: Outcome): number =>
  outcomes.filter((one) => one === outcome).length;

describe('group commit', () => {
  let house: TestHouse;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  const asked: string[] = [];
  const open = (more: Partial<Parameters<typeof receiver>[0]> = {}) =>
    receiver({ ...house, ask: (_gateway, reference) => void asked.push(reference), ...more });

  before(async () => {
    house = await openHouse();
    campaign = await liveCampaign(house);
  });
  after(() => house.close());
  afterEach(() => expectBalancedBooks(house.db));

  const raised = async (): Promise<bigint> =>
    (
      await house.db.one<{ raised_minor: bigint }>(
        'select raised_minor from sk.campaign_totals where campaign_id = $1',
        campaign.id,
      )
    ).raised_minor;

  it('counts a notice once that comes ten times within one batch', async () => {
    const before = await raised();
    const gift = await pledged(house, campaign.id);
    const batches: number[] = [];
    const { receive } = open({ onBatch: (size) => batches.push(size) });
    const outcomes = await receive(Array.from({ length: 10 }, () => said(house, gift)));
    expect(batches).to.deep.equal([10]);
    expect(count(outcomes, 'booked')).to.equal(1);
    expect(count(outcomes, 'duplicate')).to.equal(9);
    expect((await raised()) - before).to.equal(50_000n);
  });

  it('counts a payment once whose notices differ but say the same', async () => {
    const before = await raised();
    const gift = await pledged(house, campaign.id);
    const { receive } = open();
    const outcomes = await receive(['a', 'b', 'c'].map((id) => said(house, { ...gift, id })));
    expect(outcomes).to.deep.equal(['booked', 'ignored', 'ignored']);
    expect((await raised()) - before).to.equal(50_000n);
  });

  it('counts a notice once that comes again in later batches', async () => {
    const before = await raised();
    const gift = await pledged(house, campaign.id);
    const { receive } = open();
    expect(await receive([said(house, gift)])).to.deep.equal(['booked']);
    expect(await receive([said(house, gift)])).to.deep.equal(['duplicate']);
    expect(await receive([said(house, { ...gift, id: 'other' })])).to.deep.equal(['ignored']);
    expect((await raised()) - before).to.equal(50_000n);
  });

  it('counts each notice once when two processes receive the same two hundred at once', async () => {
    const before = await raised();
    const gifts = await pledgedMany(house, campaign.id, 40);
    const notices = gifts.flatMap((gift) => [
      said(house, gift),
      said(house, { ...gift, id: `${gift.reference}-b` }),
    ]);
    const other = spawn(process.execPath, ['--import', 'tsx', 'test/support/receive-elsewhere.ts'], {
      cwd: root,
      env: { ...process.env, ELSEWHERE_URL: house.database.appUrl },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => other.once('exit', resolve));
    let answer = '';
    other.stdout.on('data', (chunk) => {
      answer += chunk;
    });
    await until(() => answer.includes('ready\n'));
    const plain = notices.map((notice) => ({ ...notice, rawBody: notice.rawBody.toString('base64') }));
    other.stdin.end(
      JSON.stringify(plain, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)),
    );
    const { receive } = open({ batchMax: 7 });
    const here = await receive([...notices].reverse());
    await exited;
    const there = JSON.parse(answer.slice('ready\n'.length)) as Outcome[];
    expect(count(here, 'booked') + count(there, 'booked')).to.equal(40);
    expect((await raised()) - before).to.equal(40n * 50_000n);
  });

  it('sets a poisoned notice aside and books the other two hundred', async () => {
    const before = await raised();
    const gifts = await pledgedMany(house, campaign.id, 200);
    const notices = gifts.map((gift) => said(house, gift));
    const poisoned = said(house, await pledged(house, campaign.id));
    // PostgreSQL's text takes no NUL: an error of the data, and of this one notice only.
    notices.splice(77, 0, { ...poisoned, dedupeKey: 'poison\u0000' });
    const aside: unknown[] = [];
    const { receive } = open({
      onSetAside: (notice) => aside.push(notice),
    });
    const outcomes = await Promise.allSettled(notices.map((notice) => receive([notice])));
    const answers = outcomes.map((one) => (one.status === 'fulfilled' ? one.value[0] : one.status));
    expect(answers.filter((one) => one === 'booked')).to.have.length(200);
    expect(aside).to.have.length(1);
    expect((await raised()) - before).to.equal(200n * 50_000n);
  });

  it('keeps the notice that cannot be booked, tells finance, and answers it as received', async () => {
    const gift = await pledged(house, campaign.id);
    // A rule of the schema that this one notice breaks.
    const payment = await house.db.payments.latestOf(gift.donationId);
    const admin = new pg.Client(house.database.adminUrl);
    await admin.connect();
    await admin.query(
      'alter table sk.payments add constraint test_poison check (gateway_transaction_id <> $$tx-poison$$)',
    );
    const { receive } = open();
    const outcome = await receive([said(house, { ...gift, id: 'poison' })]);
    await admin.query('alter table sk.payments drop constraint test_poison');
    await admin.end();
    expect(outcome).to.deep.equal(['failed']);
    expect(payment?.status).to.equal('pending');
    const kept = await acting(house.db, 'system', 'test', (tx) =>
      tx.one('select outcome from sk.notices where reference = $1', gift.reference),
    );
    expect(kept.outcome).to.equal('failed');
    await until(() =>
      house.heard.some(
        (news) => news.feed === 'finance' && news.events.some((e) => e.type === 'notice.failed'),
      ),
    );
  });

  it('answers 503 and publishes nothing when PostgreSQL goes away in the middle, and books the retry once', async () => {
    const before = await raised();
    const gift = await pledged(house, campaign.id);
    const db = openDb({ url: house.database.appUrl, max: 2, name: 'cut-off' });
    const { receive } = open({ db });
    const admin = new pg.Client(house.database.adminUrl);
    const holder = new pg.Client(house.database.adminUrl);
    await Promise.all([admin.connect(), holder.connect()]);
    // The batch waits for this lock; while it does, its server process is ended under it.
    await holder.query('begin');
    await holder.query('select 1 from sk.campaign_totals where campaign_id = $1 for update', [campaign.id]);
    const outcome = receive([said(house, gift)]).then(
      () => null,
      (error: unknown) => error,
    );
    await until(async () => {
      const { rows } = await admin.query(
        "select pid from pg_stat_activity where application_name = 'cut-off' and wait_event_type = 'Lock'",
      );
      for (const { pid } of rows) await admin.query('select pg_terminate_backend($1)', [pid]);
      return rows.length > 0;
    });
    const error = await outcome;
    await Promise.all([admin.end(), holder.end()]);
    expect(error).to.be.instanceOf(Refusal);
    expect((error as Refusal).code).to.equal('unavailable');
    expect(await raised()).to.equal(before);
    const onFeed = () =>
      house.heard
        .filter((news) => news.feed === campaignFeed(campaign.id))
        .flatMap((news) => news.events)
        .filter((event) => (event.data as { id: string }).id === gift.donationId);
    expect(onFeed()).to.have.length(0);
    expect(await receive([said(house, gift)])).to.deep.equal(['booked']);
    await until(() => onFeed().length === 1);
    expect((await raised()) - before).to.equal(50_000n);
    await closeDb(db);
  });

  it('writes nothing when PostgreSQL refuses to begin, although the first statements are on their way, and books the retry', async () => {
    const before = await raised();
    const gift = await pledged(house, campaign.id);
    const url = new URL(house.database.appUrl);
    const proxy = await tcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const db = openDb({ url: url.href, max: 1, name: 'no-beginning' });
    const { receive } = open({ db });
    let refused = 0;
    proxy.onQuestion((said) => {
      const begin = said.indexOf('begin;');
      if (begin >= 0 && refused === 0) {
        said.write('begun;', begin);
        refused += 1;
      }
    });
    const error = await receive([said(house, gift)]).catch((fault: unknown) => fault);
    expect(refused).to.equal(1);
    expect((error as Refusal).code).to.equal('unavailable');
    expect(await receive([said(house, gift)])).to.deep.equal(['booked']);
    expect((await raised()) - before).to.equal(50_000n);
    await closeDb(db);
    await proxy.close();
  });

  it('books nothing of a notice whose news cannot be told, although the commit was sent with it', async () => {
    const before = await raised();
    const [gift, muted] = await pledgedMany(house, campaign.id, 2);
    if (!gift || !muted) throw new Error('two gifts');
    const admin = new pg.Client(house.database.adminUrl);
    await admin.connect();
    await admin.query('delete from sk.feeds where name = $1', [donationFeed(muted.donationId)]);
    await admin.end();
    const { receive } = open();
    expect(await receive([said(house, gift), said(house, muted)])).to.deep.equal(['booked', 'failed']);
    expect((await raised()) - before).to.equal(50_000n);
    expect((await house.db.payments.latestOf(muted.donationId))?.status).to.equal('pending');
  });

  it('calls nothing done that PostgreSQL rolled back because a refused statement was passed over', async () => {
    const fault = await actingAtOnce(house.db, 'system', 'test', async (tx) => {
      await tx.none('select 1 / 0').catch(() => {});
      return new Last(Promise.resolve('done'));
    }).catch((error: unknown) => error);
    expect(fault).to.be.instanceOf(Error);
  });

  it('survives a restart of PostgreSQL in the middle of a batch: nothing twice, nothing lost, and it goes on by itself', async () => {
    const dataDir = join(root, '.data', `restart-${process.pid}`);
    const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: () => {} });
    await migrate(postgres.urlFor('sk_migrator'));
    const database = {
      appUrl: postgres.urlFor('sk_app'),
      migrateUrl: postgres.urlFor('sk_migrator'),
      adminUrl: postgres.adminUrl,
      drop: async () => {},
    };
    const own = await openHouse({ on: database });
    try {
      const { id } = await liveCampaign(own);
      const gifts = await pledgedMany(own, id, 120);
      const { receive } = receiver({ ...own, ask: () => {}, batchMax: 10 });
      let restarting: Promise<void> | null = null;
      const first = await Promise.allSettled(
        gifts.map(async (gift, index) => {
          const outcome = await receive([said(own, gift)]);
          // Some batches are in, some are on their way, some still wait.
          if (index === 30) restarting = postgres.restart();
          return outcome;
        }),
      );
      await restarting;
      const refused = first.filter((one) => one.status === 'rejected');
      expect(refused.length).to.be.greaterThan(0);
      for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).to.be.instanceOf(Refusal);
      // As a gateway does: everything comes again, whether it was answered or not.
      const again = await until(() => Promise.all(gifts.map((gift) => receive([said(own, gift)]))));
      expect(again.flat().every((outcome) => outcome === 'booked' || outcome === 'duplicate')).to.equal(true);
      const { raised_minor, donor_count } = await own.db.one(
        'select raised_minor, donor_count from sk.campaign_totals',
      );
      expect({ raised_minor, donor_count }).to.deep.equal({ raised_minor: 120n * 50_000n, donor_count: 120 });
      await expectBalancedBooks(own.db);
    } finally {
      await own.close();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('books what a caller brought who did not wait for the answer', async () => {
    const before = await raised();
    const gift = await pledged(house, campaign.id);
    const { receive, idle } = open();
    void receive([said(house, gift)]).catch(() => {});
    await idle();
    expect((await raised()) - before).to.equal(50_000n);
  });

  it('asks callers to come again when the queue is full', async () => {
    const gifts = await pledgedMany(house, campaign.id, 6);
    const { receive } = open({ queueMax: 4 });
    const settled = await Promise.allSettled(gifts.map((gift) => receive([said(house, gift)])));
    expect(settled.filter((one) => one.status === 'rejected')).to.have.length(2);
    const again = await Promise.all(gifts.map((gift) => receive([said(house, gift)])).slice(0, 4));
    expect(again.flat()).to.deep.equal(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
  });

  it('lets all that arrive during a commit share the next one', async () => {
    const sizes: number[] = [];
    let finish: () => void = () => {};
    const { add } = groupCommit<number, number>({
      commit: async (items) => {
        if (sizes.length === 1)
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        return items;
      },
      setAside: async (item) => item,
      isDataError,
      batchMax: 50,
      queueMax: 100,
      onBatch: (size) => sizes.push(size),
    });
    const first = add(0);
    await until(() => sizes.length === 1);
    const rest = Array.from({ length: 60 }, (_, i) => add(i + 1));
    finish();
    expect(await first).to.equal(0);
    expect(await Promise.all(rest)).to.have.length(60);
    expect(sizes).to.deep.equal([1, 50, 10]);
  });

  it('lets a full batch go beside the one that is still being committed, and no third one', async () => {
    const finish: (() => void)[] = [];
    const sizes: number[] = [];
    const { add, idle, waiting } = groupCommit<number, number>({
      commit: async (items) => {
        await new Promise<void>((resolve) => finish.push(resolve));
        return items;
      },
      setAside: async (item) => item,
      isDataError,
      batchMax: 5,
      queueMax: 100,
      onBatch: (size) => sizes.push(size),
    });
    const all = [add(0)];
    await until(() => sizes.length === 1);
    for (let i = 1; i <= 4; i += 1) all.push(add(i));
    expect(waiting()).to.equal(4);
    for (let i = 5; i <= 16; i += 1) all.push(add(i));
    await until(() => sizes.length === 2);
    expect(sizes).to.deep.equal([1, 5]);
    const release = setInterval(() => finish.shift()?.(), 1);
    expect(await Promise.all(all)).to.deep.equal([...all.keys()]);
    await idle();
    clearInterval(release);
    expect(sizes.reduce((sum, size) => sum + size)).to.equal(17);
  });
});
