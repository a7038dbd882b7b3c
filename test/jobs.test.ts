import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { validate } from 'node-cron';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Figures } from '../jobs/figures.ts';
import { once } from '../jobs/once.ts';
import { startJobs, timetable } from '../jobs/timetable.ts';
import { acting, closeDb, openDb } from '../server/db/open.ts';
import { endDue } from '../server/domain/campaigns/end-due.ts';
import { expireAttempts } from '../server/domain/donations/ask.ts';
import { payAgain } from '../server/domain/donations/pledge.ts';
import { type Receive, receiver } from '../server/domain/donations/receive.ts';
import type { Known } from '../server/domain/gateways/gateway.ts';
import { checkBooks, findBreaks } from '../server/domain/ledger/check.ts';
import { campaignFeed, donationFeed, FINANCE } from '../server/protocol/feeds.ts';
import { rupiah } from '../server/protocol/money.ts';
import { root } from '../server/root.ts';
import {
  expectBalancedBooks,
  liveCampaign,
  openHouse,
  person,
  pledged,
  type TestHouse,
} from './support/house.ts';
import { said } from './support/notices.ts';
import { until } from './support/until.ts';

const MINUTE_MS = 60_000;
const inMinutes = (minutes: number) => () => new Date(Date.now() + minutes * MINUTE_MS);

describe('the jobs', () => {
  let house: TestHouse;
  let admin: pg.Client;
  let receive: Receive;

  before(async () => {
    house = await openHouse();
    admin = new pg.Client(house.database.adminUrl);
    await admin.connect();
    receive = receiver({ ...house, ask: () => {} }).receive;
  });
  after(async () => {
    await admin.end();
    await house.close();
  });
  afterEach(() => expectBalancedBooks(house.db));

  const heardOn = (feed: string): string[] =>
    house.heard.filter((news) => news.feed === feed).flatMap(({ events }) => events.map(({ type }) => type));
  const control = async (path: string, body: unknown) => {
    const answer = await fetch(`${house.simulatorUrl}/_control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.ok).to.equal(true);
  };
  const act = (orderId: string, action: string) => control('/pay', { orderId, action });
  const misbehave = (scenario: string, more: Record<string, unknown>) =>
    control('', { gateway: 'midtrans', scenario, ...more });

  describe('run once', () => {
    const rowsOf = (job: string) =>
      house.db.any(
        'select ok, detail, finished_at is not null as finished from sk.job_runs where job = $1 order by id',
        job,
      );

    it('and leave a row that says how it went', async () => {
      const ran = await once(house.db, 'good', async () => 7);
      expect(ran).to.include({ ran: true, ok: true, detail: '7' });
      expect(await once(house.db, 'good', async () => null)).to.include({
        ran: true,
        ok: true,
        detail: null,
      });
      expect(await rowsOf('good')).to.deep.equal([
        { ok: true, detail: '7', finished: true },
        { ok: true, detail: null, finished: true },
      ]);
    });

    it('and never throw: what went wrong is in the answer, in the row, and the next run is free', async () => {
      const broken = () => Promise.reject(new Error('x'.repeat(900)));
      const ran = await once(house.db, 'bad', broken);
      expect(ran).to.include({ ran: true, ok: false });
      expect(ran.detail).to.have.length(500);
      expect((await rowsOf('bad')).map(({ ok, finished }) => [ok, finished])).to.deep.equal([[false, true]]);
      expect(await once(house.db, 'bad', async () => 'again')).to.include({ ran: true, ok: true });
      const away = openDb({ url: 'postgres://sk_app@127.0.0.1:9/none', max: 1 });
      expect(await once(away, 'away', async () => 1)).to.include({ ran: false, ok: false });
      await closeDb(away);
    });

    it('by one of two processes that start at the same moment', async () => {
      const other = openDb({ url: house.database.appUrl, max: 2, name: 'other' });
      let started = 0;
      let finish: () => void = () => {};
      const work = async () => {
        started += 1;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return null;
      };
      const runs = [once(house.db, 'race', work), once(other, 'race', work)];
      const skipped = await Promise.race(runs);
      expect(skipped).to.include({ ran: false, ok: true });
      await until(() => started === 1);
      finish();
      expect((await Promise.all(runs)).filter(({ ran }) => ran)).to.have.length(1);
      expect(await rowsOf('race')).to.have.length(1);
      // The lease is given back at once, not when it runs out.
      expect(await once(other, 'race', async () => 'next')).to.include({ ran: true });
      await closeDb(other);
    });

    it('after the lease of a process that died in the middle has run out, and not before', async () => {
      const code = `
        import { once } from './jobs/once.ts';
        import { openDb } from './server/db/open.ts';
        const db = openDb({ url: process.env.JOBS_URL, max: 1 });
        await once(db, 'mortal', () => new Promise(() => { process.stdout.write('working'); setInterval(() => {}, 1000); }));`;
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
        cwd: root,
        env: { ...process.env, JOBS_URL: house.database.appUrl },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      await until(() => output.includes('working'));
      const dead = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await dead;
      expect(await once(house.db, 'mortal', async () => null)).to.include({ ran: false, ok: true });
      const { until: end } = await house.db.one(
        `select until > now() + interval '1 minute' as until from sk.job_leases where job = 'mortal'`,
      );
      expect(end).to.equal(true);
      // The database's clock goes on.
      await admin.query(`update sk.job_leases set until = now() - interval '1 second' where job = 'mortal'`);
      expect(await once(house.db, 'mortal', async () => 'alive')).to.include({ ran: true, ok: true });
      expect((await rowsOf('mortal')).map(({ finished }) => finished)).to.deep.equal([false, true]);
    });

    it('and one that lost its lease in the middle does not take away its successor’s', async () => {
      let finish: () => void = () => {};
      const slow = once(
        house.db,
        'slow',
        () =>
          new Promise((resolve) => {
            finish = () => resolve('late');
          }),
      );
      await until(() => rowsOf('slow').then((rows) => rows.length === 1));
      await admin.query(`update sk.job_leases set until = now() - interval '1 second' where job = 'slow'`);
      let finishNext: () => void = () => {};
      const next = once(
        house.db,
        'slow',
        () =>
          new Promise((resolve) => {
            finishNext = () => resolve('next');
          }),
      );
      await until(() => rowsOf('slow').then((rows) => rows.length === 2));
      finish();
      await slow;
      expect(await once(house.db, 'slow', async () => 'third')).to.include({ ran: false });
      finishNext();
      await next;
    });
  });

  it('stand on one page, each with a time that the clock understands, and stop when they are told to', async () => {
    const all = {
      ...house,
      receive,
      now: inMinutes(0),
      onFault: () => {},
      onBroken: () => {},
      onFigures: () => {},
      onRan: () => {},
    };
    const jobs = timetable(all);
    expect(jobs.map(({ job }) => job)).to.deep.equal([
      'close-ended-campaigns',
      'expire-attempts',
      'resume-refunds',
      'check-books',
      'check-all-books',
      'purge',
      'figures',
    ]);
    for (const { job, at, work } of jobs) {
      expect(validate(at), job).to.equal(true);
      expect(await once(house.db, job, work), job).to.include({ ran: true, ok: true });
    }
    await startJobs(all)();
  });

  describe('close campaigns', () => {
    it('whose last day is over in their own zone, and tell who watches', async () => {
      const ending = await liveCampaign(house, { title: 'Selesai hari ini' });
      const going = await liveCampaign(house, { title: 'Masih jalan' });
      const { ends_at } = await house.db.one('select ends_at from sk.campaigns where id = $1', ending.id);
      await house.db.none('update sk.campaigns set ends_on = ends_on + 5 where id = $1', going.id);
      const statuses = () =>
        house.db.map(
          'select status from sk.campaigns where id in ($1, $2) order by id',
          [ending.id, going.id],
          (r) => r.status,
        );
      const at = (ms: number) => ({ ...house, now: () => new Date(ends_at.getTime() + ms) });
      expect(await endDue(at(-1))).to.equal(0);
      expect(await statuses()).to.deep.equal(['live', 'live']);
      expect(await endDue(at(0))).to.equal(1);
      expect(await statuses()).to.deep.equal(['ended', 'live']);
      await until(() => heardOn(campaignFeed(ending.id)).includes('campaign.closed'));
      expect(await endDue(at(0))).to.equal(0);
    });
  });

  describe('expire attempts', () => {
    let campaign: Awaited<ReturnType<typeof liveCampaign>>;
    const faults: unknown[] = [];
    before(async () => {
      campaign = await liveCampaign(house);
    });
    const run = (minutes: number, more: Partial<Parameters<typeof expireAttempts>[0]> = {}) =>
      expireAttempts({
        ...house,
        receive,
        now: inMinutes(minutes),
        onFault: (fault) => faults.push(fault),
        ...more,
      });
    const statusOf = async (donationId: string): Promise<[string, string]> => {
      const row = await house.db.one(
        `select d.status, p.status as payment from sk.donations d join sk.payments p on p.donation_id = d.id
         where d.id = $1 order by p.created_at desc limit 1`,
        donationId,
      );
      return [row.status, row.payment];
    };
    const open = async (page: string | null): Promise<void> => void (await fetch(page ?? ''));

    afterEach(async () => {
      expect(faults.splice(0).map(String)).to.deep.equal([]);
      // Whatever a test left open is not for the next one.
      await admin.query(
        `update sk.payments set expires_at = now() + interval '1 year' where status in ('created', 'pending')`,
      );
    });

    it('on which nothing was ever chosen by our own word, and the donor’s page hears it', async () => {
      const gift = await pledged(house, campaign.id);
      expect(await run(15.5)).to.equal(0);
      expect(await statusOf(gift.donationId)).to.deep.equal(['pending', 'pending']);
      expect(await run(17)).to.equal(1);
      expect(await statusOf(gift.donationId)).to.deep.equal(['expired', 'expired']);
      await until(() => heardOn(donationFeed(gift.donationId)).includes('donation.expired'));
      expect(await run(60)).to.equal(0);
    });

    const statusThere = async (known: Known): Promise<string | undefined> => {
      const [first] = await house.gateways.midtrans.status(known);
      return first?.kind === 'payment' ? first.word.status : undefined;
    };

    it('at the gateway too, where a method was chosen', async () => {
      const gift = await pledged(house, campaign.id);
      await open(gift.payment.redirectUrl);
      const known = { reference: gift.reference, transactionId: null };
      expect(await statusThere(known)).to.equal('pending');
      await run(17);
      expect(await statusThere(known)).to.equal('expired');
      expect(await statusOf(gift.donationId)).to.deep.equal(['expired', 'expired']);
      expect(heardOn(donationFeed(gift.donationId))).to.include('donation.expired');
    });

    it('only after asking: one that was paid is booked, though its notice never came', async () => {
      const gift = await pledged(house, campaign.id);
      await act(gift.reference, 'pay');
      await run(17);
      expect(await statusOf(gift.donationId)).to.deep.equal(['paid', 'paid']);
      await until(() => heardOn(donationFeed(gift.donationId)).includes('donation.paid'));
      // Should the notice come after all, it is no news.
      expect(await receive([said(house, gift)])).to.deep.equal(['ignored']);
    });

    it('as what they came to at the gateway: failed, cancelled', async () => {
      for (const [action, status] of [
        ['fail', 'failed'],
        ['cancel', 'cancelled'],
      ] as const) {
        const gift = await pledged(house, campaign.id);
        await open(gift.payment.redirectUrl);
        await act(gift.reference, action);
        await run(17);
        expect(await statusOf(gift.donationId)).to.deep.equal([status, status]);
      }
    });

    it('of a virtual account only after its day', async () => {
      const gift = await pledged(house, campaign.id, { method: 'va_bca' });
      expect(await run(23 * 60)).to.equal(0);
      expect(await run(24 * 60 + 2)).to.equal(1);
      expect(await statusOf(gift.donationId)).to.deep.equal(['expired', 'expired']);
    });

    it('and keep a gift open while another attempt of it is', async () => {
      const gift = await pledged(house, campaign.id);
      await payAgain(
        {
          ...house,
          judge: async () => ({ decision: 'allow', reasons: [] }),
          pageOf: () => 'http://127.0.0.1/',
          now: inMinutes(0),
          onFault: (fault) => faults.push(fault),
        },
        {
          donationId: gift.donationId,
          request: { method: 'va_bca' },
          caller: { address: '::1', network: '::/64', device: null },
        },
      );
      await run(17);
      expect(await statusOf(gift.donationId)).to.deep.equal(['pending', 'pending']);
      expect(heardOn(donationFeed(gift.donationId))).not.to.include('donation.expired');
    });

    it('which a gateway that is away answers for later, and not sooner than it is asked again', async () => {
      const gift = await pledged(house, campaign.id);
      await misbehave('error-500', { call: 'status' });
      expect(await run(17)).to.equal(1);
      expect(faults.splice(0)).to.have.length(1);
      expect(await statusOf(gift.donationId)).to.deep.equal(['pending', 'pending']);
      expect(await run(21.5)).to.equal(0);
      expect(await run(22.5)).to.equal(1);
      expect(await statusOf(gift.donationId)).to.deep.equal(['expired', 'expired']);
    });

    it('each by one process, when two run at the same time', async () => {
      const gifts = await Promise.all(Array.from({ length: 6 }, () => pledged(house, campaign.id)));
      const looked = await Promise.all([run(17), run(17)]);
      expect(looked.reduce((sum, one) => sum + one, 0)).to.equal(6);
      for (const gift of gifts) expect(await statusOf(gift.donationId)).to.deep.equal(['expired', 'expired']);
    });

    it('at a gateway that knows a payment by its own id alone, once a notice has told that', async () => {
      const gift = await pledged(house, campaign.id, { method: 'dana' });
      await open(gift.payment.redirectUrl);
      const answer = await fetch(`${house.simulatorUrl}/_control/transactions?orderId=${gift.reference}`);
      const { transactions } = (await answer.json()) as { transactions: { transaction_id: string }[] };
      const transactionId = transactions[0]?.transaction_id ?? '';
      const pending = said(house, { ...gift, status: 'pending' });
      if (pending.kind !== 'payment') throw new Error('no payment');
      const word = { ...pending.word, transactionId };
      expect(await receive([{ ...pending, word }])).to.deep.equal(['ignored']);
      await act(gift.reference, 'pay');
      await run(17);
      expect(await statusOf(gift.donationId)).to.deep.equal(['paid', 'paid']);
    });
  });

  describe('purge', () => {
    it('what nobody needs any more, and nothing else', async () => {
      const ada = await person(house.db, 'Ada');
      await admin.query(
        `insert into sk.idempotency_keys (principal, route, key, body_hash, resource_id, lease_until, created_at)
         select 'guest:x', 'POST /x', 'purge-' || h, sha256('x'), gen_random_uuid(), now(), now() - h * interval '1 hour'
         from unnest(array[1, 47, 49]) h`,
      );
      await admin.query(
        `insert into sk.sessions (id, user_id, family, token_hash, created_at, expires_at)
         select gen_random_uuid(), $1, gen_random_uuid(), sha256(h::text::bytea), now(), now() + h * interval '1 hour'
         from unnest(array[-1, 1]) h`,
        [ada.userId],
      );
      await admin.query(
        `insert into sk.job_runs (job, started_at) select 'old', now() - d * interval '1 day' from unnest(array[29, 31]) d`,
      );
      const purge = timetable({
        ...house,
        receive,
        now: inMinutes(0),
        onFault: () => {},
        onBroken: () => {},
        onFigures: () => {},
        onRan: () => {},
      }).find(({ job }) => job === 'purge');
      expect(await once(house.db, 'purge', () => purge?.work() ?? Promise.resolve(null))).to.include({
        ok: true,
        detail: '1 keys, 1 sessions, 1 runs, 0 pictures, 0 mails, 0 accounts',
      });
      const left = await admin.query(
        `select (select array_agg(key order by key) from sk.idempotency_keys where key like 'purge-%') as keys,
           (select count(*)::int from sk.sessions) as sessions, (select count(*)::int from sk.job_runs where job = 'old') as runs`,
      );
      expect(left.rows).to.deep.equal([{ keys: ['purge-1', 'purge-47'], sessions: 1, runs: 1 }]);
    });
  });

  describe('tell how the platform stands', () => {
    const read = async (): Promise<Figures> => {
      let figures: Figures | undefined;
      const jobs = timetable({
        ...house,
        receive,
        now: inMinutes(0),
        onFault: () => {},
        onBroken: () => {},
        onFigures: (told) => {
          figures = told;
        },
        onRan: () => {},
      });
      await jobs.find(({ job }) => job === 'figures')?.work();
      return figures ?? expect.fail('nothing was told');
    };
    const jobIn = (figures: Figures, job: string) =>
      figures.jobs.find((one) => one.job === job) ?? expect.fail(`nothing of ${job}`);

    it('whichever process ran a job: when it last ended well, and what it found', async () => {
      await admin.query('delete from sk.job_runs');
      const before = Date.now();
      await once(house.db, 'check-all-books', async () => '3 broken');
      await once(house.db, 'check-all-books', () => Promise.reject(new Error('no database')));
      await once(house.db, 'purge', async () => '3 keys');
      await admin.query(`update sk.job_runs set finished_at = now() - interval '1 hour' where job = 'purge'`);
      const figures = await read();
      expect(jobIn(figures, 'check-all-books')).to.include({ breaks: 3 });
      expect(jobIn(figures, 'check-all-books').okAt.getTime()).to.be.closeTo(before, MINUTE_MS);
      expect(jobIn(figures, 'purge').breaks).to.equal(null);
      expect(jobIn(figures, 'purge').okAt.getTime()).to.be.closeTo(before - 60 * MINUTE_MS, MINUTE_MS);
      // It never ran: waited for since the clock was started.
      expect(jobIn(figures, 'expire-attempts').okAt.getTime()).to.be.at.least(before);
      expect(figures.jobs.map(({ job }) => job)).not.to.include('figures');
    });

    it('how long the first mail in line waits, and how many are not sent', async () => {
      await admin.query('delete from sk.outbox');
      expect(await read()).to.include({ mailOverdueSeconds: 0, mailsWaiting: 0 });
      const mail = (key: string) => ({ key, to: `${key}@example.org`, template: 'receipt' });
      await acting(house.db, 'system', 'test.mail', (tx) => tx.outbox.queue([mail('late'), mail('again')]));
      await admin.query(
        `update sk.outbox set due_at = now() + case key when 'late' then -10 else 10 end * interval '1 minute'`,
      );
      const after = await read();
      expect(after.mailOverdueSeconds).to.be.within(600, 660);
      expect(after.mailsWaiting).to.equal(2);
      await admin.query('delete from sk.outbox');
    });

    it('how many notices wait for a person', async () => {
      const before = await read();
      const row = { gateway: 'midtrans', reference: null, kind: 'other', rawBody: Buffer.from('{}') };
      await acting(house.db, 'system', 'test.notice', (tx) =>
        tx.notices.setAside({ ...row, dedupeKey: uuidv7(), detail: 'nobody understands it' }),
      );
      expect((await read()).noticesForAPerson).to.equal(before.noticesForAPerson + 1);
    });
  });

  describe('check the books', () => {
    let gift: Awaited<ReturnType<typeof pledged>>;
    let campaign: Awaited<ReturnType<typeof liveCampaign>>;
    let journal: string;

    before(async () => {
      campaign = await liveCampaign(house, { title: 'Yang dirusak' });
      gift = await pledged(house, campaign.id, { tip: rupiah(2_000) });
      await receive([said(house, gift)]);
      const row = await house.db.one(
        `select j.id from sk.journals j join sk.payments p on j.client_key = 'capture:' || p.id where p.reference = $1`,
        gift.reference,
      );
      journal = row.id;
      // Triggers and foreign keys sleep: a break is made as only somebody with the keys of the database could.
      await admin.query('set session_replication_role = replica');
    });
    after(() => admin.query('reset session_replication_role'));

    const EMPTY = uuidv7();
    const account = (code: string) => `(select id from sk.accounts where code = '${code}')`;
    const clearing = account('gateway_clearing:midtrans');
    const suspense = account('suspense:midtrans');
    /** For each check a break that it must see, and what takes it back. */
    const breaks: Record<string, () => [string, string]> = {
      'balances-equal-postings': () => [
        `update sk.balances set balance_minor = balance_minor + 1 where account_id = ${account(`campaign_payable:${campaign.id}`)}`,
        `update sk.balances set balance_minor = balance_minor - 1 where account_id = ${account(`campaign_payable:${campaign.id}`)}`,
      ],
      'campaign-money-equals-ledger': () => [
        `update sk.campaign_money set fees_minor = fees_minor + 1 where campaign_id = '${campaign.id}'`,
        `update sk.campaign_money set fees_minor = fees_minor - 1 where campaign_id = '${campaign.id}'`,
      ],
      'campaign-money-equals-rows': () => [
        `update sk.campaign_money set refunding_minor = refunding_minor + 1 where campaign_id = '${campaign.id}'`,
        `update sk.campaign_money set refunding_minor = refunding_minor - 1 where campaign_id = '${campaign.id}'`,
      ],
      'guarded-accounts-have-balances': () => [
        `delete from sk.balances where account_id = ${account(`payout_pending:${campaign.id}`)}`,
        `insert into sk.balances (account_id, normal_side) values (${account(`payout_pending:${campaign.id}`)}, 'C')`,
      ],
      'nothing-held-for-ever': () => [
        `insert into sk.holds (id, campaign_id, reason, placed_by, placed_at, until)
           values ('${EMPTY}', '${campaign.id}', 'x', '${EMPTY}', now(), now() - interval '31 days')`,
        `delete from sk.holds where id = '${EMPTY}'`,
      ],
      'payouts-equal-ledger': () => [
        `update sk.campaign_money set paid_out_minor = 1 where campaign_id = '${campaign.id}'`,
        `update sk.campaign_money set paid_out_minor = 0 where campaign_id = '${campaign.id}'`,
      ],
      'returns-equal-rows': () => [
        `update sk.payments set returned_tip_minor = 1 where reference = '${gift.reference}'`,
        `update sk.payments set returned_tip_minor = 0 where reference = '${gift.reference}'`,
      ],
      'clearing-equals-payments': () => [
        `update sk.postings set account_id = ${suspense} where journal_id = '${journal}' and account_id = ${clearing}`,
        `update sk.postings set account_id = ${clearing} where journal_id = '${journal}' and account_id = ${suspense}`,
      ],
      'feed-totals-equal-totals': () => [
        `update sk.feed_events set totals = jsonb_set(totals, '{donorCount}', '2') where feed = 'campaign:${campaign.id}' and totals is not null`,
        `update sk.feed_events set totals = jsonb_set(totals, '{donorCount}', '1') where feed = 'campaign:${campaign.id}' and totals is not null`,
      ],
      'feeds-gapless': () => [
        `update sk.feed_events set seq = seq + 1 where feed = 'owner:${campaign.id}' and seq = (select head from sk.feeds where name = 'owner:${campaign.id}')`,
        `update sk.feed_events set seq = seq - 1 where feed = 'owner:${campaign.id}' and seq > (select head from sk.feeds where name = 'owner:${campaign.id}')`,
      ],
      'journals-balance': () => [
        `update sk.postings set amount_minor = amount_minor + 1 where journal_id = '${journal}' and line = 1`,
        `update sk.postings set amount_minor = amount_minor - 1 where journal_id = '${journal}' and line = 1`,
      ],
      'journals-not-empty': () => [
        `insert into sk.journals (id, kind, client_key, body_hash, effective_at, created_at, xid, commitment) values ('${EMPTY}', 'x', 'x', sha256('x'), now(), now(), '1'::xid8, sha256('x'))`,
        `delete from sk.journals where id = '${EMPTY}'`,
      ],
      'payments-booked-once': () => [
        `update sk.journals set client_key = 'x' || client_key where id = '${journal}'`,
        `update sk.journals set client_key = substr(client_key, 2) where id = '${journal}'`,
      ],
      'totals-equal-donations': () => [
        `update sk.donations set status = 'pending' where id = '${gift.donationId}'`,
        `update sk.donations set status = 'paid' where id = '${gift.donationId}'`,
      ],
      'totals-equal-ledger': () => [
        `update sk.campaign_totals set tips_minor = tips_minor + 1 where campaign_id = '${campaign.id}'`,
        `update sk.campaign_totals set tips_minor = tips_minor - 1 where campaign_id = '${campaign.id}'`,
      ],
    };
    const brokenNow = async () => (await findBreaks(house.db)).map(({ check }) => check);

    /** What the look at the last minutes finds. */
    const brokenLately = async (): Promise<string[]> => {
      const found: string[] = [];
      const onBroken = (name: string, rows: number) => void (rows > 0 && found.push(name));
      await checkBooks({ ...house, since: new Date(Date.now() - 600_000), onBroken });
      return found;
    };

    it('with every file that there is, each of which is tried here', () => {
      const files = readdirSync(join(root, 'sql/checks')).map((file) => file.replace(/\.sql$/, ''));
      expect(files.sort()).to.deep.equal(Object.keys(breaks).sort());
    });

    for (const [check, statements] of Object.entries(breaks)) {
      it(`and see it when ${check} does not hold`, async () => {
        const [make, mend] = statements();
        const { rowCount } = await admin.query(make);
        expect(rowCount).to.be.greaterThan(0);
        expect(await brokenNow()).to.include(check);
        expect(await brokenLately()).to.include(check);
        await admin.query(mend);
        expect(await brokenNow()).to.deep.equal([]);
        expect(await brokenLately()).to.deep.equal([]);
      });
    }

    it('and see other ways of breaking the same: a gift taken out, a raised sum, a payment not booked, a gap', async () => {
      const more: [string, string, string][] = [
        [
          'totals-equal-donations',
          `update sk.campaign_totals set donor_count = donor_count + 1 where campaign_id = '${campaign.id}'`,
          `update sk.campaign_totals set donor_count = donor_count - 1 where campaign_id = '${campaign.id}'`,
        ],
        [
          'totals-equal-ledger',
          `update sk.campaign_totals set raised_minor = raised_minor + 1 where campaign_id = '${campaign.id}'`,
          `update sk.campaign_totals set raised_minor = raised_minor - 1 where campaign_id = '${campaign.id}'`,
        ],
        [
          'feed-totals-equal-totals',
          `update sk.feed_events set totals = jsonb_set(totals, '{raised,amount}', '1') where feed = 'campaign:${campaign.id}' and totals is not null`,
          `update sk.feed_events set totals = jsonb_set(totals, '{raised,amount}', '50000') where feed = 'campaign:${campaign.id}' and totals is not null`,
        ],
        [
          'payments-booked-once',
          `update sk.payments set status = 'expired' where reference = '${gift.reference}'`,
          `update sk.payments set status = 'paid' where reference = '${gift.reference}'`,
        ],
        [
          'feeds-gapless',
          `update sk.feeds set head = head + 1 where name = 'campaign:${campaign.id}'`,
          `update sk.feeds set head = head - 1 where name = 'campaign:${campaign.id}'`,
        ],
        [
          'feeds-gapless',
          `update sk.feed_events set seq = seq + 100 where feed = 'campaign:${campaign.id}' and seq = 1`,
          `update sk.feed_events set seq = seq - 100 where feed = 'campaign:${campaign.id}' and seq = 101`,
        ],
      ];
      for (const [check, make, mend] of more) {
        await admin.query(make);
        expect(await brokenNow(), make).to.include(check);
        await admin.query(mend);
        expect(await brokenNow()).to.deep.equal([]);
      }
    });

    it('and tell finance and the alarm, also when it is mended', async () => {
      const alarm: Record<string, number> = {};
      const check = () =>
        checkBooks({
          since: null,
          ...house,
          onBroken: (name, rows) => {
            alarm[name] = rows;
          },
        });
      const [make = '', mend = ''] = breaks['journals-balance']?.() ?? [];
      await admin.query(make);
      const before = heardOn(FINANCE).filter((type) => type === 'books.broken').length;
      expect(await check()).to.match(/^[1-9]\d* broken$/);
      expect(alarm['journals-balance']).to.equal(1);
      expect(alarm['journals-not-empty']).to.equal(0);
      await until(() => heardOn(FINANCE).filter((type) => type === 'books.broken').length > before);
      await admin.query(mend);
      expect(await check()).to.equal('0 broken');
      expect(alarm['journals-balance']).to.equal(0);
    });

    it('from the command line, which says what it found and ends with 1', async () => {
      const run = async (): Promise<{ code: number | null; output: string }> => {
        const child = spawn(process.execPath, ['--import', 'tsx', 'jobs/check-books.ts'], {
          cwd: root,
          env: { ...process.env, DATABASE_URL: house.database.appUrl },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
        return { code, output };
      };
      expect(await run()).to.deep.equal({ code: 0, output: 'The books are in order.\n' });
      const [make = '', mend = ''] = breaks['totals-equal-ledger']?.() ?? [];
      await admin.query(make);
      const { code, output } = await run();
      await admin.query(mend);
      expect(code).to.equal(1);
      expect(output).to.match(/totals-equal-ledger: 1 rows, the first: .*"tips_minor":"2001"/);
    });
  });
});
