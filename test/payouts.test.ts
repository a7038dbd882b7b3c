import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { acting } from '../server/db/open.ts';
import { signature } from '../server/domain/gateways/iris.ts';
import { addBankAccount } from '../server/domain/payouts/bank-accounts.ts';
import { approvePayout, confirmByHand, rejectPayout } from '../server/domain/payouts/decide.ts';
import { holderMatches } from '../server/domain/payouts/holder.ts';
import { readBalances } from '../server/domain/payouts/money.ts';
import { LOOK_AFTER_MS, resumePayouts, sendPayout } from '../server/domain/payouts/send.ts';
import { enterSettlement } from '../server/domain/settlements/enter.ts';
import { type FeedPage, FINANCE, ownerFeed } from '../server/protocol/feeds.ts';
import { rupiah } from '../server/protocol/money.ts';
import {
  BANK_ACCOUNT_HOLD_DAYS,
  type BankAccountView,
  type HoldView,
  type PayoutPage,
  type PayoutView,
  UNVERIFIED_ACCOUNT_HOLD_DAYS,
} from '../server/protocol/payouts.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { balancesOf, enteredFor, irisOf, payingOut, soon } from './support/payouts.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { tcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

const DAY_MS = 24 * 3_600_000;
const HOLDER = 'YAYASAN AIR BERSIH LASORI';

describe('payouts', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let admin: pg.Client;
  let finance: Awaited<ReturnType<typeof person>>;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let owner: string;
  let cashier: string;
  let account: BankAccountView;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    admin = new pg.Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    // Only the tests' own runs count here, not the clock's.
    await admin.query(
      `insert into sk.job_leases (job, holder, until) values ('payouts', 'test', now() + interval '1 hour')`,
    );
    finance = await person(platform.house.db, 'Dewi', 'finance');
    cashier = outside.tokenOf(finance);
  });
  after(async () => {
    await admin.end();
    outside.close();
    await platform.close();
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    owner = outside.tokenOf(campaign.owner);
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  const path = (rest: string) => `/api/v1/campaigns/${campaign.id}${rest}`;
  const once = (token: string | undefined, key = randomUUID()) => ({
    token,
    headers: { 'idempotency-key': key },
  });
  /** Gifts that are paid; `settled` ones have come to the gateway's balance, without a fee. */
  async function funded(amount: number, { settled = true } = {}): Promise<void> {
    const gift = await outside.paid(campaign.id, { gift: rupiah(amount) });
    if (settled) await settle(gift.reference, amount);
  }
  const settle = (reference: string, amount: number) =>
    enterSettlement({ ...platform.house, platformFeeBp: 0 }, finance, {
      id: randomUUID(),
      request: {
        gateway: 'midtrans',
        bankReference: randomUUID(),
        settledOn: new Date(Date.now() - DAY_MS).toISOString().slice(0, 10),
        fee: rupiah(0),
        vat: rupiah(0),
        references: [reference],
        amount: rupiah(amount),
      },
    });
  let numbers = 0;
  const newNumber = (): string => String(1_000_000_001 + 2 * numbers++);
  const isOf = (number: string, holder: string | null, bank = 'bca') =>
    outside.control('/accounts', { bank, number, holder });
  async function added(more: { number?: string; holder?: string } = {}) {
    const { number = newNumber(), holder = HOLDER } = more;
    await isOf(number, HOLDER);
    return outside.post<{ bankAccount: BankAccountView }>(
      path('/bank-accounts'),
      { bank: 'bca', number, holder },
      once(owner),
    );
  }
  async function withAccount(): Promise<void> {
    const { status, body } = await added();
    expect(status, JSON.stringify(body)).to.equal(201);
    account = body.bankAccount;
  }
  const ask = (amount: number, { token = owner, key = randomUUID(), bankAccountId = account.id } = {}) =>
    outside.post<{ payout: PayoutView }>(
      path('/payouts'),
      { amount: rupiah(amount), bankAccountId },
      once(token, key),
    );
  async function requested(amount: number): Promise<PayoutView> {
    const { status, body } = await ask(amount);
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.payout;
  }
  const decide = (payout: { id: string }, what: string, body: unknown = {}, token = cashier) =>
    outside.post<{ payout: PayoutView }>(`/api/v1/payouts/${payout.id}/${what}`, body, { token });
  const balances = () => balancesOf(outside, campaign.id, owner);
  const payoutNow = async ({ id }: { id: string }): Promise<PayoutView> => {
    const { body } = await outside.get<PayoutPage>(path('/payouts'), { token: owner });
    const found = body.items.find((one) => one.id === id);
    if (!found) throw new Error('no such payout');
    return found;
  };
  const row = async ({ id }: { id: string }) =>
    (await admin.query('select * from sk.payouts where id = $1', [id])).rows[0];
  const reaches = (payout: PayoutView, status: PayoutView['status']) =>
    until(async () => (await payoutNow(payout)).status === status, { what: `the payout to be ${status}` });
  /** What the simulated bank does with it. */
  const bank = async (payout: PayoutView, action: 'complete' | 'fail' | 'return') =>
    outside.control('/pay', { gateway: 'iris', orderId: (await row(payout)).key, action });
  const misbehave = (scenario: string, more: Record<string, unknown> = {}) =>
    outside.control('', { gateway: 'iris', scenario, ...more });
  async function confirmed(amount: number): Promise<PayoutView> {
    const payout = await requested(amount);
    expect((await decide(payout, 'approve')).body.payout.status).to.equal('submitted');
    await bank(payout, 'complete');
    await reaches(payout, 'confirmed');
    return payout;
  }
  const feed = async (name: string, token: string): Promise<FeedPage> =>
    (await outside.get<FeedPage>(`/api/v1/feeds/${name}/events?since=0&limit=500`, { token })).body;
  const atGateway = () => outside.orders('&gateway=iris');
  const entered = (amount: number) => enteredFor(outside, amount);
  const hold = (body: unknown, token = cashier) =>
    outside.post<{ hold: HoldView }>(path('/holds'), body, once(token));
  const member = async (role: 'editor' | 'viewer' | 'owner', ...roles: ('finance' | 'moderator')[]) => {
    const who = await person(platform.house.db, role, ...roles);
    await admin.query('insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, $3)', [
      campaign.id,
      who.userId,
      role,
    ]);
    return { ...who, token: outside.tokenOf(who) };
  };
  /** A bank takes gifts back, as it is booked when the payment gateway says so. */
  async function chargedBack(amount: number): Promise<void> {
    const gifts = await admin.query(
      `select reference, amount_minor from sk.payments where campaign_id = $1 and status = 'paid'`,
      [campaign.id],
    );
    const { reference } = gifts.rows[0];
    const outcomes = await platform.house.receive([
      {
        gateway: 'midtrans',
        kind: 'dispute',
        dedupeKey: `test|${reference}|chargeback`,
        rawBody: Buffer.from('{}'),
        word: { reference, key: 'chargeback', amountMinor: BigInt(amount), at: new Date() },
      },
    ]);
    expect(outcomes).to.deep.equal(['booked']);
  }
  const housed = (more: Parameters<typeof payingOut>[1] = {}) => payingOut(platform, more);

  describe('of money that is there', () => {
    beforeEach(withAccount);

    it('go the whole way: asked for, approved by somebody else, sent, confirmed, and read by the team', async () => {
      await funded(500_000);
      const payout = await requested(300_000);
      expect(payout).to.deep.include({
        campaignId: campaign.id,
        status: 'requested',
        amount: rupiah(300_000),
        bankAccount: { bank: 'bca', number: account.number.replace(/.*(....)$/, '••••$1'), holder: HOLDER },
        decidedAt: null,
        failure: null,
      });
      expect(await balances()).to.deep.include({ pending: 300_000, available: 200_000, paidOut: 0 });
      const approved = await decide(payout, 'approve', { note: 'Sudah dicek' });
      expect(approved.body.payout).to.include({ status: 'submitted', note: 'Sudah dicek' });
      await bank(payout, 'complete');
      await reaches(payout, 'confirmed');
      expect(await balances()).to.deep.equal({
        paid: 500_000,
        settled: 500_000,
        refunded: 0,
        clawedBack: 0,
        fees: 0,
        paidOut: 300_000,
        pending: 0,
        held: 0,
        owed: 0,
        available: 200_000,
      });
      const { events } = await feed(ownerFeed(campaign.id), owner);
      const heard = events.filter(({ type }) => type === 'payout.changed').map(({ data }) => data);
      expect(heard).to.deep.equal(
        ['requested', 'approved', 'submitted', 'confirmed'].map((status) => ({
          id: payout.id,
          status,
          amount: rupiah(300_000),
        })),
      );
      const all = JSON.stringify([events, (await feed(FINANCE, cashier)).events]);
      expect(all).to.contain(payout.id).and.not.contain(account.number).and.not.contain(HOLDER);
      expect(
        await member('viewer').then(({ token }) => outside.get<PayoutPage>(path('/payouts'), { token })),
      ).to.have.property('status', 200);
    });

    it('take no more than is available: neither unsettled gifts, nor what is held, nor less than a transfer is worth', async () => {
      await funded(100_000);
      await funded(70_000, { settled: false });
      expect(await balances()).to.deep.include({ paid: 170_000, settled: 100_000, available: 100_000 });
      const over = await ask(100_001);
      expect(over.problem).to.include({ code: 'over-limit' });
      expect(over.status).to.equal(422);
      expect(over.problem.detail).to.contain('Rp100.000');
      expect((await hold({ amount: rupiah(30_000), reason: 'Pengaduan' })).status).to.equal(201);
      expect((await ask(70_001)).problem.code).to.equal('over-limit');
      expect(await balances()).to.deep.include({ held: 30_000, available: 70_000 });
      expect((await ask(9_999)).problem.code).to.equal('invalid-input');
      expect((await ask(70_000)).status).to.equal(201);
    });

    it('are asked for by the owner alone', async () => {
      await funded(100_000);
      for (const role of ['editor', 'viewer'] as const) {
        const { token } = await member(role);
        expect((await ask(50_000, { token })).problem.code, role).to.equal('forbidden');
      }
      const stranger = outside.tokenOf(await person(platform.house.db, 'Orang Lain'));
      expect((await ask(50_000, { token: stranger })).problem.code).to.equal('forbidden');
      expect((await ask(50_000, { token: cashier })).problem.code).to.equal('forbidden');
      expect((await outside.post(path('/payouts'), {})).problem.code).to.equal('unauthenticated');
      expect((await outside.get(path('/balances'), { token: stranger })).problem.code).to.equal('forbidden');
      expect((await outside.get(path('/payouts'), { token: stranger })).problem.code).to.equal('forbidden');
      expect((await outside.get('/api/v1/finance/payouts', { token: owner })).problem.code).to.equal(
        'forbidden',
      );
      expect((await outside.get(path('/balances'))).problem.code).to.equal('unauthenticated');
      const auditor = outside.tokenOf(await person(platform.house.db, 'Edi', 'auditor'));
      expect((await outside.get(path('/balances'), { token: auditor })).status).to.equal(200);
      expect((await outside.get(path('/payouts'), { token: auditor })).status).to.equal(200);
      expect(await balances()).to.deep.include({ pending: 0, available: 100_000 });
    });

    it('are asked for once, although the page asks twice', async () => {
      await funded(100_000);
      const key = randomUUID();
      const first = await ask(60_000, { key });
      const again = await ask(60_000, { key });
      expect(again.body).to.deep.equal(first.body);
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect((await ask(50_000, { key })).problem.code).to.equal('idempotency-mismatch');
      expect(await balances()).to.deep.include({ pending: 60_000, available: 40_000 });
      const kept = await admin.query(
        `select response::text as said from sk.idempotency_keys where key = $1`,
        [key],
      );
      expect(kept.rows[0].said).to.contain(first.body.payout.id).and.not.contain(HOLDER);
    });

    it('come one after the other, each after news of how the money of the last one was used', async () => {
      await funded(300_000);
      const first = await requested(100_000);
      expect((await ask(50_000)).problem.code).to.equal('conflict');
      await decide(first, 'approve');
      expect((await ask(50_000)).problem.code).to.equal('conflict');
      await bank(first, 'complete');
      await reaches(first, 'confirmed');
      expect((await ask(50_000)).problem.code).to.equal('proof-of-use-missing');
      const update = (body: object) =>
        outside.post<{ update: { id: string; proofOfUse?: boolean } }>(
          path('/updates'),
          { title: 'Pipa sudah dibeli', text: 'Lima puluh batang.', ...body },
          once(owner),
        );
      expect((await update({})).body.update.proofOfUse).to.equal(false);
      expect((await ask(50_000)).problem.code).to.equal('proof-of-use-missing');
      const proof = await update({ proofOfUse: true });
      expect(proof.body.update.proofOfUse).to.equal(true);
      // One that is taken back says nothing.
      await outside.call('DELETE', path(`/updates/${proof.body.update.id}`), { token: owner });
      expect((await ask(50_000)).problem.code).to.equal('proof-of-use-missing');
      await update({ proofOfUse: true });
      await confirmed(50_000);
      expect((await ask(50_000)).problem.code).to.equal('proof-of-use-missing');
      const twice = admin.query(
        `insert into sk.payouts (id, campaign_id, bank_account_id, amount_minor, key, requested_by, requested_at)
         select gen_random_uuid(), campaign_id, bank_account_id, 1, 'RAW' || key_part, requested_by, now()
         from sk.payouts, unnest(array['AAAAAAAAAA', 'BBBBBBBBBB']) key_part where id = $1`,
        [first.id],
      );
      await twice.then(
        () => expect.fail('two open payouts of one campaign'),
        (error: pg.DatabaseError) => expect(error.constraint).to.equal('payouts_one_at_a_time'),
      );
    });

    it('wait until the campaign is published', async () => {
      await admin.query(`update sk.campaigns set status = 'rejected' where id = $1`, [campaign.id]);
      expect((await ask(10_000)).problem.code).to.equal('wrong-state');
    });

    it('are listed for finance, newest first, page by page', async () => {
      await funded(100_000);
      const first = await requested(20_000);
      await decide(first, 'reject', { note: 'Salah jumlah' });
      const second = await requested(30_000);
      const list = async (query: string) =>
        (await outside.get<PayoutPage>(`/api/v1/finance/payouts?${query}`, { token: cashier })).body;
      const page = await list('limit=1&status=requested');
      expect(page.items.map(({ id }) => id)).to.deep.equal([second.id]);
      const all: string[] = [];
      for (let cursor = ''; ; ) {
        const { items, nextCursor } = await list(`limit=1${cursor}`);
        all.push(...items.map(({ id }) => id));
        if (nextCursor === null) break;
        cursor = `&cursor=${nextCursor}`;
      }
      expect(all.slice(0, 2)).to.deep.equal([second.id, first.id]);
      expect(new Set(all).size).to.equal(all.length);
      const bad = await outside.get('/api/v1/finance/payouts?cursor=abcd', { token: cashier });
      expect(bad.problem.code).to.equal('invalid-input');
    });
  });

  describe('are let go by two people:', () => {
    beforeEach(async () => {
      await withAccount();
      await funded(200_000);
    });

    it('not by who asked, even with a role in finance, nor by one of the team', async () => {
      const payout = await requested(100_000);
      const asOwner = outside.tokenOf({ ...campaign.owner, roles: ['finance'] });
      const editor = await member('editor', 'finance');
      for (const token of [asOwner, editor.token]) {
        for (const [what, body] of [
          ['approve', {}],
          ['reject', { note: 'tidak' }],
          ['reversed', { note: 'tidak' }],
          ['confirmed', { bankReference: 'TRX1' }],
        ] as const) {
          expect((await decide(payout, what, body, token)).problem.code, what).to.equal('own-approval');
        }
      }
      expect((await decide(payout, 'approve', {}, owner)).problem.code).to.equal('forbidden');
      expect((await payoutNow(payout)).status).to.equal('requested');
      // Leaving the team does not make somebody another person.
      await admin.query('delete from sk.campaign_members where user_id = $1', [campaign.owner.userId]);
      expect((await decide(payout, 'approve', {}, asOwner)).problem.code).to.equal('own-approval');
    });

    it('the database itself refuses one person who is both', async () => {
      const payout = await requested(100_000);
      const asApp = new pg.Client({ connectionString: platform.database.appUrl });
      await asApp.connect();
      await asApp
        .query(
          `update sk.payouts set status = 'approved', decided_by = requested_by, decided_at = now() where id = $1`,
          [payout.id],
        )
        .then(
          () => expect.fail('one person decided about their own payout'),
          (error: pg.DatabaseError) => expect(error.constraint).to.equal('two_people'),
        )
        .finally(() => asApp.end());
    });

    it('once, however often and by however many at once', async () => {
      const payout = await requested(100_000);
      const answers = await Promise.all(Array.from({ length: 8 }, () => decide(payout, 'approve')));
      expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 200));
      await reaches(payout, 'submitted');
      const { gateway_reference: reference } = await row(payout);
      expect((await atGateway()).filter(({ order_id }) => order_id === reference)).to.have.length(1);
      const { events } = await feed(ownerFeed(campaign.id), owner);
      const heard = events.filter(({ type }) => type === 'payout.changed');
      expect(heard.map(({ data }) => (data as { status: string }).status)).to.deep.equal([
        'requested',
        'approved',
        'submitted',
      ]);
    });

    it('not while its money is held, or the campaign owes', async () => {
      const payout = await requested(150_000);
      const some = await hold({ amount: rupiah(50_001), reason: 'Laporan' });
      expect((await decide(payout, 'approve')).problem.code).to.equal('wrong-state');
      await outside.post(`/api/v1/holds/${some.body.hold.id}/release`, {}, { token: cashier });
      const all = await hold({ reason: 'Laporan' });
      expect((await decide(payout, 'approve')).problem.code).to.equal('wrong-state');
      await outside.post(`/api/v1/holds/${all.body.hold.id}/release`, {}, { token: cashier });
      await chargedBack(60_000);
      expect(await balances()).to.deep.include({ owed: 10_000 });
      expect((await decide(payout, 'approve')).problem.code).to.equal('wrong-state');
      await funded(60_000);
      expect(await balances()).to.deep.include({ owed: 0, available: 50_000 });
      // A hold on other money of the campaign lets this go.
      await hold({ amount: rupiah(50_000), reason: 'Laporan' });
      expect((await decide(payout, 'approve')).status).to.equal(200);
    });

    it('not to an account that was removed', async () => {
      const payout = await requested(100_000);
      const removed = await outside.call('DELETE', path(`/bank-accounts/${account.id}`), { token: owner });
      expect(removed.status).to.equal(204);
      expect((await decide(payout, 'approve')).problem.code).to.equal('wrong-state');
      expect((await decide(payout, 'reject', { note: 'Rekening dihapus' })).body.payout.status).to.equal(
        'rejected',
      );
    });

    it('or rejected with a reason, and the campaign has its money again', async () => {
      const payout = await requested(150_000);
      expect((await decide(payout, 'reject', {})).problem.code).to.equal('invalid-input');
      const rejected = await decide(payout, 'reject', { note: 'Bukti kurang' });
      expect(rejected.body.payout).to.include({ status: 'rejected', note: 'Bukti kurang' });
      expect((await decide(payout, 'reject', { note: 'Bukti kurang' })).status).to.equal(200);
      expect((await decide(payout, 'approve')).problem.code).to.equal('wrong-state');
      expect(await balances()).to.deep.include({ pending: 0, available: 200_000, paidOut: 0 });
      expect((await decide({ id: randomUUID() }, 'approve')).problem.code).to.equal('not-found');
    });
  });

  describe('at the gateway', () => {
    beforeEach(async () => {
      await withAccount();
      await funded(200_000);
    });
    const notice = async (payout: PayoutView, fields: Record<string, unknown>) => {
      if (!platform.config.iris) throw new Error('payouts are simulated here');
      const { gateway_reference } = await row(payout);
      const body = JSON.stringify({
        reference_no: gateway_reference,
        amount: '100000.00',
        status: 'completed',
        updated_at: new Date().toISOString(),
        ...fields,
      });
      return outside.call('POST', '/webhooks/iris', {
        body,
        headers: { 'iris-signature': signature(Buffer.from(body), platform.config.iris.merchantKey) },
      });
    };
    const outcomes = async (): Promise<string[]> =>
      (await admin.query(`select outcome from sk.notices where gateway = 'iris' order by id`)).rows.map(
        (one) => one.outcome,
      );

    it('that fail give the campaign its money again', async () => {
      const payout = await requested(150_000);
      await decide(payout, 'approve');
      await bank(payout, 'fail');
      await reaches(payout, 'failed');
      expect((await payoutNow(payout)).failure).to.equal('Beneficiary account is closed');
      expect(await balances()).to.deep.include({ pending: 0, available: 200_000, paidOut: 0 });
      // Nothing was paid, so nothing needs to be proved.
      expect((await ask(200_000)).status).to.equal(201);
    });

    it('that come back after they arrived are the campaign’s again', async () => {
      const payout = await confirmed(150_000);
      await bank(payout, 'return');
      await reaches(payout, 'reversed');
      expect(await balances()).to.deep.include({ pending: 0, available: 200_000, paidOut: 0 });
      expect((await ask(200_000)).status).to.equal(201);
      expect((await decide(payout, 'reversed', { note: 'lagi' })).status).to.equal(200);
      expect(await balances()).to.deep.include({ pending: 200_000, paidOut: 0 });
    });

    it('that finance finds to have come back are the campaign’s again, once', async () => {
      const payout = await requested(150_000);
      expect((await decide(payout, 'reversed', { note: 'x' })).problem.code).to.equal('wrong-state');
      await decide(payout, 'approve');
      await bank(payout, 'complete');
      await reaches(payout, 'confirmed');
      const reversed = await decide(payout, 'reversed', { note: 'Rekening ditutup' });
      expect(reversed.body.payout).to.include({ status: 'reversed', failure: 'Rekening ditutup' });
      await bank(payout, 'return');
      await until(async () => (await outcomes()).at(-1) === 'ignored', { what: 'the notice to be ignored' });
      expect(await balances()).to.deep.include({ available: 200_000, paidOut: 0 });
    });

    it('pay what the campaign owes first, when they fail', async () => {
      const payout = await requested(200_000);
      await decide(payout, 'approve');
      await chargedBack(150_000);
      expect(await balances()).to.deep.include({ owed: 150_000, available: 0, pending: 200_000 });
      await bank(payout, 'fail');
      await reaches(payout, 'failed');
      expect(await balances()).to.deep.include({ owed: 0, pending: 0 });
    });
    it('are told of twice and book once; what contradicts an end waits for a person', async () => {
      const payout = await requested(100_000);
      await decide(payout, 'approve');
      await bank(payout, 'complete');
      await reaches(payout, 'confirmed');
      expect((await notice(payout, { error_code: 'again' })).status).to.equal(200);
      expect((await notice(payout, { status: 'processed', error_code: 'late' })).status).to.equal(200);
      expect((await notice(payout, { status: 'rejected' })).status).to.equal(200);
      expect((await outcomes()).slice(-3)).to.deep.equal(['ignored', 'ignored', 'quarantined']);
      await notice(payout, { status: 'failed', error_message: 'Returned' });
      expect((await payoutNow(payout)).status).to.equal('reversed');
      await notice(payout, { error_code: 'and again' });
      expect((await outcomes()).slice(-2)).to.deep.equal(['booked', 'quarantined']);
      expect(await balances()).to.deep.include({ paidOut: 0, available: 200_000 });
      const { events } = await feed(FINANCE, cashier);
      expect(events.filter(({ type }) => type === 'notice.quarantined').at(-1)?.data).to.deep.include({
        gateway: 'iris',
        reason: 'says completed, is reversed',
      });
    });

    it('of another amount, or that we never entered, wait for a person', async () => {
      const payout = await requested(100_000);
      await decide(payout, 'approve');
      await notice(payout, { amount: '100001.00' });
      await notice(payout, { status: 'mystery' });
      await notice(payout, { reference_no: 'nobody-knows-it' });
      const said = (await feed(FINANCE, cashier)).head;
      // Told again, it is not said again.
      await notice(payout, { reference_no: 'nobody-knows-it' });
      expect((await feed(FINANCE, cashier)).head).to.equal(said);
      expect((await outcomes()).slice(-3)).to.deep.equal(['quarantined', 'quarantined', 'quarantined']);
      expect((await payoutNow(payout)).status).to.equal('submitted');
      expect((await outside.post('/webhooks/iris', { reference_no: 'x' })).status).to.equal(403);
      // Where the gateway must be asked first and does not answer, it is to come again, and nothing is kept.
      await misbehave('error-500', { count: 1, call: 'status' });
      expect((await notice(payout, { reference_no: 'nobody-either' })).status).to.equal(503);
      expect((await notice(payout, { reference_no: 'nobody-either' })).status).to.equal(200);
      expect((await outcomes()).at(-1)).to.equal('quarantined');
    });

    it('are not entered twice when the answer to entering is late', async () => {
      const payout = await requested(123_450);
      const { key } = await row(payout);
      await misbehave('timeout', { count: 1, call: 'create', orderId: key, ms: 60_000 });
      const house = housed({ payoutGateway: irisOf(platform, { timeoutMs: 300 }) });
      expect(await approvePayout(house, finance, { id: payout.id, note: '' })).to.include({
        status: 'approved',
      });
      expect(house.faults).to.have.length(1);
      expect(await row(payout)).to.include({ gateway_reference: null });
      await resumePayouts(housed({ now: soon }));
      await reaches(payout, 'submitted');
      expect(await entered(123_450)).to.have.length(1);
      expect(await outside.control('/pay', { orderId: key, action: 'complete' })).to.include({
        order_id: key,
      });
      await reaches(payout, 'confirmed');
    });

    it('are asked about, and not approved again, when the answer to approving is late', async () => {
      const payout = await requested(100_000);
      await misbehave('timeout', { count: 1, call: 'approve', ms: 60_000 });
      const house = housed({ payoutGateway: irisOf(platform, { timeoutMs: 300 }) });
      const answer = await approvePayout(house, finance, { id: payout.id, note: '' });
      expect(answer).to.include({ status: 'submitted' });
      expect(house.faults).to.deep.equal([]);
      await bank(payout, 'complete');
      await reaches(payout, 'confirmed');
    });

    it('whose approval never arrived there stay approved, and the job approves the same again', async () => {
      const payout = await requested(100_000);
      await misbehave('error-500', { count: 1, call: 'approve', applied: false });
      const answer = await approvePayout(housed(), finance, { id: payout.id, note: '' });
      expect(answer).to.include({ status: 'approved' });
      expect(answer.failure).to.contain('502');
      const before = await row(payout);
      // Too early: the call that approved may still be at it.
      await resumePayouts(housed());
      expect((await payoutNow(payout)).status).to.equal('approved');
      await resumePayouts(housed({ now: soon }));
      await reaches(payout, 'submitted');
      expect((await row(payout)).gateway_reference).to.equal(before.gateway_reference);
    });

    it('survive a process that dies between keeping the number and approving', async () => {
      const payout = await requested(123_451);
      await approvePayout(housed({ payoutGateway: null }), finance, { id: payout.id, note: '' });
      const { key } = await row(payout);
      const { gatewayReference } = await irisOf(platform).create({
        key,
        bank: account.bank,
        number: account.number,
        holder: account.holder,
        amountMinor: 123_451n,
      });
      await platform.house.db.payouts.keepReference({ id: payout.id, gateway: 'iris', gatewayReference });
      await resumePayouts(housed({ now: soon }));
      await reaches(payout, 'submitted');
      expect((await entered(123_451)).map(({ order_id }) => order_id)).to.deep.equal([gatewayReference]);
    });

    it('survive a line that is cut with the approval under way', async () => {
      const payout = await requested(123_452);
      const proxy = await tcpProxy({ host: '127.0.0.1', port: platform.config.port + 1 });
      proxy.onAnswer((_chunk, sent) => !sent.includes('reference_nos'));
      // Else the gateway would tell by itself.
      await misbehave('loss', { count: 1 });
      const house = housed({ payoutGateway: irisOf(platform, { port: proxy.port, timeoutMs: 500 }) });
      await approvePayout(house, finance, { id: payout.id, note: '' });
      expect(proxy.isCut).to.equal(true);
      await proxy.close();
      expect(await row(payout)).to.include({
        status: 'approved',
        failure: 'no answer from 127.0.0.1:PORT (TimeoutError)'.replace('PORT', String(proxy.port)),
      });
      await resumePayouts(housed({ now: soon }));
      await reaches(payout, 'submitted');
      expect(await entered(123_452)).to.have.length(1);
      expect((await payoutNow(payout)).failure).to.equal(null);
    });

    it('are taken up by two processes at once without harm', async () => {
      const payout = await requested(123_453);
      const { key } = await row(payout);
      await misbehave('error-500', { count: 1, call: 'create', orderId: key, applied: true });
      await approvePayout(housed(), finance, { id: payout.id, note: '' });
      await Promise.all([1, 2, 3].map(() => sendPayout(housed(), payout.id)));
      await reaches(payout, 'submitted');
      const at = soon();
      const due = await admin.query(
        `select count(*)::int as n from sk.payouts where status in ('approved', 'submitted') and asked_at < $1`,
        [new Date(at.getTime() - LOOK_AFTER_MS)],
      );
      let taken = 0;
      const run = async (): Promise<void> => {
        for (const some of await Promise.all([1, 2].map(() => resumePayouts(housed({ now: () => at })))))
          taken += some;
      };
      // One of which the gateway's notice is being heard at that moment is passed over, and taken the next time.
      await until(async () => {
        await run();
        return taken >= due.rows[0].n;
      });
      await run();
      expect(taken).to.equal(due.rows[0].n);
      await bank(payout, 'complete');
      await reaches(payout, 'confirmed');
      expect(await entered(123_453)).to.have.length(1);
      expect(await balances()).to.deep.include({ paidOut: 123_453, available: 76_547 });
    });

    it('that the gateway will not have fail at once', async () => {
      const payout = await requested(100_000);
      await admin.query(`update sk.bank_accounts set bank = 'nobank' where id = $1`, [account.id]);
      const answer = await decide(payout, 'approve');
      expect(answer.body.payout).to.include({ status: 'failed' });
      expect(answer.body.payout.failure).to.contain('400');
      expect(await balances()).to.deep.include({ pending: 0, available: 200_000 });
    });

    it('are heard of although the crash came before their number was kept', async () => {
      const payout = await requested(100_000);
      const { key } = await row(payout);
      await misbehave('error-500', { count: 1, call: 'create', orderId: key, applied: true });
      await approvePayout(housed(), finance, { id: payout.id, note: '' });
      expect(await row(payout)).to.include({ status: 'approved', gateway_reference: null });
      // Somebody approves it on the gateway's own page.
      const made = (await atGateway()).find(
        ({ status, amount }) => status === 'queued' && amount === 100_000,
      );
      if (!made) throw new Error('nothing was entered');
      await irisOf(platform).approve(made.order_id);
      await reaches(payout, 'submitted');
      expect(await row(payout)).to.include({ gateway_reference: made.order_id });
    });

    it('are rejected even after the approval, while they wait there', async () => {
      const payout = await requested(100_000);
      await misbehave('error-500', { count: 1, call: 'approve', applied: false });
      await approvePayout(housed(), finance, { id: payout.id, note: '' });
      const rejected = await decide(payout, 'reject', { note: 'Berubah pikiran' });
      expect(rejected.body.payout).to.include({ status: 'failed', failure: 'Berubah pikiran' });
      await resumePayouts(housed({ now: soon }));
      expect((await payoutNow(payout)).status).to.equal('failed');
    });

    it('are not rejected any more once it was approved there, although we do not know it yet', async () => {
      const payout = await requested(100_000);
      await misbehave('loss', { count: 1 });
      await misbehave('error-500', { count: 1, call: 'approve', applied: true });
      await misbehave('error-500', { count: 1, call: 'status', applied: false });
      expect(await approvePayout(housed(), finance, { id: payout.id, note: '' })).to.include({
        status: 'approved',
      });
      expect((await decide(payout, 'reject', { note: 'x' })).problem.code).to.equal('wrong-state');
      expect((await payoutNow(payout)).status).to.equal('submitted');
      expect((await decide(payout, 'reject', { note: 'x' })).problem.code).to.equal('wrong-state');
      expect(await balances()).to.deep.include({ pending: 100_000 });
    });
  });

  describe('by hand, where no gateway pays,', () => {
    it('are confirmed with the bank’s own number, once', async () => {
      await withAccount();
      await funded(200_000);
      const byHand = housed({ payoutGateway: null });
      const payout = await requested(100_000);
      const confirm = (id: string, bankReference: string, house = byHand) =>
        confirmByHand(house, finance, { id, bankReference });
      const codeOf = (deed: Promise<unknown>) =>
        deed.then(
          () => 'done',
          (refusal) => refusal.code,
        );
      expect(await codeOf(confirm(payout.id, 'TRX-1'))).to.equal('wrong-state');
      expect(await approvePayout(byHand, finance, { id: payout.id, note: '' })).to.include({
        status: 'approved',
      });
      expect((await decide(payout, 'confirmed', { bankReference: 'TRX-1' })).problem.code).to.equal(
        'wrong-state',
      );
      const bankReference = `TRX-${payout.id}`;
      expect(await confirm(payout.id, bankReference)).to.include({ status: 'confirmed' });
      expect(await confirm(payout.id, bankReference)).to.include({ status: 'confirmed' });
      expect(await balances()).to.deep.include({ paidOut: 100_000, available: 100_000 });
      const paidFrom = await admin.query(
        `select a.code from sk.postings p join sk.accounts a on a.id = p.account_id
         join sk.journals j on j.id = p.journal_id
         where j.client_key = $1 and p.side = 'C'`,
        [`payout_confirmed:${payout.id}`],
      );
      expect(paidFrom.rows).to.deep.equal([{ code: 'bank:main' }]);
      await outside.post(
        path('/updates'),
        { title: 'Bukti', text: 'Dipakai.', proofOfUse: true },
        once(owner),
      );
      const next = await requested(50_000);
      await approvePayout(byHand, finance, { id: next.id, note: '' });
      expect(await codeOf(confirm(next.id, bankReference))).to.equal('conflict');
      expect(await rejectPayout(byHand, finance, { id: next.id, note: 'Bank menolak' })).to.include({
        status: 'failed',
        failure: 'Bank menolak',
      });
      expect(await balances()).to.deep.include({ pending: 0, available: 100_000 });
    });
  });

  describe('for one campaign at once', () => {
    beforeEach(withAccount);

    /** A caller who is told that we are busy comes again, as pages do. */
    async function patiently<T extends { status: number }>(call: () => Promise<T>): Promise<T> {
      for (;;) {
        const answer = await call();
        if (answer.status !== 503) return answer;
        const waited = outside.faults.findIndex(({ fault }) => (fault as { code?: string }).code === '55P03');
        if (waited >= 0) outside.faults.splice(waited, 1);
      }
    }

    it('asked for twenty times take exactly what is there', async () => {
      await funded(100_000);
      const answers = await Promise.all(Array.from({ length: 20 }, () => patiently(() => ask(100_000))));
      const codes = answers.map(({ status, problem }) => (status === 201 ? 'asked' : problem.code));
      expect(codes.filter((code) => code === 'asked')).to.have.length(1);
      expect(new Set(codes)).to.deep.equal(new Set(['asked', 'conflict']));
      expect(await balances()).to.deep.include({ pending: 100_000, available: 0 });
    });

    it('failing while a bank takes gifts back leaves what both leave, in either order', async () => {
      for (let turn = 0; turn < 4; turn += 1) {
        campaign = await liveCampaign(platform.house);
        owner = outside.tokenOf(campaign.owner);
        await withAccount();
        await funded(200_000);
        const payout = await requested(200_000);
        await decide(payout, 'approve');
        await Promise.all([bank(payout, 'fail'), chargedBack(150_000)]);
        await reaches(payout, 'failed');
        expect(await balances()).to.deep.include({
          owed: 0,
          pending: 0,
          clawedBack: 150_000,
          available: 50_000,
        });
      }
    });

    it('lock its accounts before its total, as gifts do', async () => {
      await funded(100_000);
      await admin.query('begin');
      await admin.query('select sk.lock_balances(array[$1])', [`campaign_payable:${campaign.id}`]);
      const asked = ask(10_000);
      await until(async () => (await admin.query('select from pg_locks where not granted')).rows.length > 0, {
        everyMs: 5,
        what: 'the request to wait for the accounts',
      });
      // Whoever held this while waiting there would wait for a gift that waits for it.
      await admin.query('select from sk.campaign_totals where campaign_id = $1 for no key update nowait', [
        campaign.id,
      ]);
      await admin.query('commit');
      expect((await asked).status).to.be.oneOf([201, 503]);
      // Where this test was slow, the request has waited for its longest.
      outside.faults.splice(0);
    });

    it('with holds, gifts, approvals and rejections never take what is not there', async () => {
      await funded(300_000);
      for (let turn = 0; turn < 3; turn += 1) {
        const answers = await Promise.all([
          ...Array.from({ length: 6 }, (_, index) => patiently(() => ask(200_000 + index))),
          patiently(() => hold({ amount: rupiah(90_000 + turn), reason: 'Diperiksa' })),
          outside.paid(campaign.id, { gift: rupiah(20_000) }),
        ]);
        const made = answers.flatMap((answer) =>
          'body' in answer && 'payout' in (answer.body as object)
            ? [(answer.body as { payout: PayoutView }).payout]
            : [],
        );
        expect(made.length).to.be.at.most(1);
        const holdId = (answers[6] as { body: { hold: HoldView } }).body.hold.id;
        for (const payout of made) {
          const [approved, rejected] = await Promise.all([
            patiently(() => decide(payout, 'approve')),
            patiently(() => decide(payout, 'reject', { note: 'Tunggu' })),
            patiently(() => outside.post(`/api/v1/holds/${holdId}/release`, {}, { token: cashier })),
          ]);
          const { status } = await payoutNow(payout);
          expect([approved.status, rejected.status], status).to.satisfy((codes: number[]) =>
            codes.some((code) => code === 200),
          );
          if (status !== 'rejected') {
            await until(async () => !['requested', 'approved'].includes((await payoutNow(payout)).status));
            if ((await payoutNow(payout)).status === 'submitted') await bank(payout, 'fail');
            await reaches(payout, 'failed');
          }
        }
        await outside.post(`/api/v1/holds/${holdId}/release`, {}, { token: cashier });
        await expectBalancedBooks(platform.house.db);
        expect(await balances()).to.deep.include({ pending: 0, paidOut: 0, owed: 0, available: 300_000 });
      }
    });
  });

  describe('go to bank accounts', () => {
    it('whose holder the bank names as they were typed, and no others', async () => {
      const number = newNumber();
      await isOf(number, 'YAYASAN AIR BERSIH, PT.');
      const add = (holder: string, more: object = {}) =>
        outside.post<{ bankAccount: BankAccountView }>(
          path('/bank-accounts'),
          { bank: 'bca', number, holder, ...more },
          once(owner),
        );
      expect((await add('Air Bersih')).problem.code).to.equal('name-mismatch');
      const other = await add('Budi');
      expect(JSON.stringify(other.problem)).not.to.contain('YAYASAN');
      const good = await add('PT Yayasan Air Bersih');
      expect(good.body.bankAccount).to.deep.include({
        number,
        holder: 'YAYASAN AIR BERSIH, PT.',
        retired: false,
      });
      expect((await add('PT Yayasan Air Bersih')).problem.code).to.equal('conflict');
      await isOf('9999999999', null);
      const nobody = await add('Budi', { number: '999-999-9999' });
      expect(nobody.problem.errors?.[0]?.path).to.equal('number');
      expect((await add('Budi', { bank: 'bankku' })).problem.errors?.[0]?.path).to.equal('bank');
      await misbehave('error-500', { count: 1, call: 'validate' });
      expect((await add('Budi', { number: '5554443331' })).problem.code).to.equal('gateway-unavailable');
      const banks = await outside.get<{ items: { code: string }[] }>('/api/v1/banks', { token: owner });
      expect(banks.body.items.map(({ code }) => code)).to.include('bca');
      expect((await outside.get('/api/v1/banks')).problem.code).to.equal('unauthenticated');
    });

    it('as soon as the first one is there, and to later ones after some days', async () => {
      await withAccount();
      await funded(100_000);
      expect(new Date(account.usableFrom) <= new Date()).to.equal(true);
      const later = (await added()).body.bankAccount;
      const daysOf = ({ addedAt, usableFrom }: BankAccountView) =>
        (Date.parse(usableFrom) - Date.parse(addedAt)) / DAY_MS;
      expect(daysOf(later)).to.equal(BANK_ACCOUNT_HOLD_DAYS);
      const early = await ask(50_000, { bankAccountId: later.id });
      expect(early.problem.code).to.equal('account-on-hold');
      await admin.query(
        `update sk.bank_accounts set usable_from = now() - interval '1 second' where id = $1`,
        [later.id],
      );
      expect((await ask(50_000, { bankAccountId: later.id })).status).to.equal(201);
      const { events } = await feed(ownerFeed(campaign.id), owner);
      expect(events.filter(({ type }) => type === 'bank_account.added').at(-1)?.data).to.deep.equal({
        id: later.id,
        bank: 'bca',
        usableFrom: later.usableFrom,
      });
      const mails = await admin.query(`select count(*)::int as n from sk.outbox where key like $1`, [
        `bank-account:${later.id}:%`,
      ]);
      expect(mails.rows[0].n).to.equal(1);
    });

    it('after a longer while where no bank could be asked', async () => {
      const added = await addBankAccount(housed({ payoutGateway: null }), campaign.owner, {
        id: randomUUID(),
        campaignId: campaign.id,
        request: { bank: 'bca', number: newNumber(), holder: 'Budi' },
      });
      const days = (Date.parse(added.usableFrom) - Date.parse(added.addedAt)) / DAY_MS;
      expect(days).to.equal(UNVERIFIED_ACCOUNT_HOLD_DAYS);
    });

    it('of this campaign that are still there', async () => {
      await withAccount();
      const other = await liveCampaign(platform.house);
      const elsewhere = `/api/v1/campaigns/${other.id}`;
      const token = outside.tokenOf(other.owner);
      const foreign = await outside.post(
        `${elsewhere}/payouts`,
        { amount: rupiah(10_000), bankAccountId: account.id },
        once(token),
      );
      expect(foreign.problem.errors?.[0]?.path).to.equal('bankAccountId');
      const removing = await outside.call<unknown>('DELETE', `${elsewhere}/bank-accounts/${account.id}`, {
        token,
      });
      expect(removing.problem.code).to.equal('not-found');
      await outside.call('DELETE', path(`/bank-accounts/${account.id}`), { token: owner });
      const gone = await ask(10_000);
      expect(gone.problem.errors?.[0]?.path).to.equal('bankAccountId');
      // The same again is a change like any other.
      const again = await added({ number: account.number });
      expect(again.body.bankAccount.usableFrom > again.body.bankAccount.addedAt).to.equal(true);
    });

    it('whose numbers are read by the owner and finance alone', async () => {
      await withAccount();
      const list = async (token: string) =>
        outside.get<{ items: BankAccountView[] }>(path('/bank-accounts'), { token });
      const masked = account.number.replace(/.*(....)$/, '••••$1');
      const auditor = outside.tokenOf(await person(platform.house.db, 'Edi', 'auditor'));
      const { token: editor } = await member('editor');
      expect((await list(owner)).body.items[0]?.number).to.equal(account.number);
      expect((await list(cashier)).body.items[0]?.number).to.equal(account.number);
      expect((await list(auditor)).body.items[0]?.number).to.equal(masked);
      expect((await list(editor)).problem.code).to.equal('forbidden');
      const adding = await outside.post(
        path('/bank-accounts'),
        { bank: 'bca', number: newNumber(), holder: HOLDER },
        once(editor),
      );
      expect(adding.problem.code).to.equal('forbidden');
      const kept = await admin.query(
        `select string_agg(response::text, ' ') as said from sk.idempotency_keys`,
      );
      expect(kept.rows[0].said).to.contain(account.id).and.not.contain(account.number);
    });

    it('which the database shows to nobody but the system', async () => {
      await withAccount();
      const { db } = platform.house;
      const seen = (uid: string) =>
        acting(db, uid, 'test.rls', (tx) => tx.bankAccounts.list(campaign.id, 10));
      expect(await seen('system')).to.have.length(1);
      expect(await seen(campaign.owner.userId)).to.have.length(0);
      expect(await db.bankAccounts.list(campaign.id, 10)).to.have.length(0);
      await acting(db, campaign.owner.userId, 'test.rls', (tx) =>
        tx.bankAccounts.insert({
          id: randomUUID(),
          campaignId: campaign.id,
          bank: 'bca',
          number: newNumber(),
          holder: 'Maling',
          addedBy: campaign.owner.userId,
          now: new Date(),
          usableFrom: new Date(),
        }),
      ).then(
        () => expect.fail('an account was written by somebody'),
        (error) => expect(error.code).to.equal('42501'),
      );
    });

    it('by a name that is the same in other words’ order, case and points', () => {
      for (const [typed, known] of [
        ['Budi Santoso', 'BUDI SANTOSO'],
        ['yayasan air-bersih', 'AIR BERSIH YAYASAN'],
        ['PT. Maju Jaya', 'MAJU JAYA, PT'],
        ['José Ñoño', 'JOSE NONO'],
        ["Ma'ruf S.Pd.", 'MARUF SPD'],
      ] as const) {
        expect(holderMatches(typed, known), typed).to.equal(true);
      }
      for (const [typed, known] of [
        ['Budi', 'BUDI SANTOSO'],
        ['Budi Santoso', 'BPK BUDI SANTOSO'],
        ['Yayasan Budi', 'BUDI'],
        ['Budi', 'BUDI BUDI'],
        ['...', '...'],
        ['', 'BUDI'],
      ] as const) {
        expect(holderMatches(typed, known), typed).to.equal(false);
      }
    });
  });

  describe('wait for holds', () => {
    beforeEach(async () => {
      await withAccount();
      await funded(100_000);
    });
    const placed = async (body: object, token?: string): Promise<HoldView> => {
      const answer = await hold({ reason: 'Diduga fiktif', ...body }, token);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
      return answer.body.hold;
    };
    const release = ({ id }: HoldView, token = cashier) =>
      outside.post<{ hold: HoldView }>(`/api/v1/holds/${id}/release`, {}, { token });

    it('of everything, or of an amount, until they are released or over', async () => {
      const moderator = outside.tokenOf(campaign.moderator);
      const all = await placed({}, moderator);
      expect(all).to.include({ amount: null, reason: 'Diduga fiktif', releasedAt: null });
      expect(await balances()).to.deep.include({ held: 100_000, available: 0 });
      expect((await ask(10_000)).problem.code).to.equal('over-limit');
      const released = (await release(all, moderator)).body.hold;
      expect((await release(all)).body.hold.releasedAt).to.equal(released.releasedAt);
      const until = new Date(Date.now() + 3_600_000);
      await placed({ amount: rupiah(40_000), until: until.toISOString() });
      expect(await balances()).to.deep.include({ held: 40_000, available: 60_000 });
      const later = await readBalances(housed({ now: () => until }), campaign.owner, campaign.id);
      expect(later.available).to.deep.equal(rupiah(100_000));
      const more = await placed({ amount: rupiah(500_000) });
      expect(await balances()).to.deep.include({ available: 0 });
      await release(more);
      for (const never of [new Date(Date.now() - 1_000).toISOString(), '2999-01-01T00:00:00Z']) {
        const answer = await hold({ reason: 'x', until: never });
        expect(answer.problem.errors?.[0]?.path, never).to.equal('until');
      }
    });

    it('of which the team reads that and how much, and never why', async () => {
      const made = await placed({ amount: rupiah(40_000) });
      const list = async (token: string) => outside.get<{ items: HoldView[] }>(path('/holds'), { token });
      expect((await list(owner)).body.items).to.deep.equal([{ ...made, reason: '' }]);
      const insider = await member('viewer', 'moderator');
      expect((await list(insider.token)).body.items[0]?.reason).to.equal('');
      expect((await list(cashier)).body.items).to.deep.equal([made]);
      expect((await list(outside.tokenOf(campaign.moderator))).body.items).to.deep.equal([made]);
      const stranger = outside.tokenOf(await person(platform.house.db, 'Orang Lain'));
      expect((await list(stranger)).problem.code).to.equal('forbidden');
      await release(made);
      const { events } = await feed(ownerFeed(campaign.id), owner);
      expect(events.slice(-2).map(({ type, data }) => ({ type, data }))).to.deep.equal([
        { type: 'hold.placed', data: { id: made.id, amount: rupiah(40_000) } },
        { type: 'hold.released', data: { id: made.id } },
      ]);
      expect(JSON.stringify(events)).not.to.contain('fiktif');
    });

    it('that no one of the team places or releases, whatever their role', async () => {
      const made = await placed({});
      const insider = await member('editor', 'moderator');
      expect((await release(made, insider.token)).problem.code).to.equal('own-approval');
      expect((await hold({ reason: 'x' }, insider.token)).problem.code).to.equal('own-approval');
      expect((await release(made, owner)).problem.code).to.equal('forbidden');
      expect((await hold({ reason: 'x' }, owner)).problem.code).to.equal('forbidden');
      expect((await release({ ...made, id: randomUUID() })).problem.code).to.equal('not-found');
    });
  });
});
