import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { timetable } from '../jobs/timetable.ts';
import { acting } from '../server/db/open.ts';
import { payAgain } from '../server/domain/donations/pledge.ts';
import { approvePayout } from '../server/domain/payouts/decide.ts';
import { payBack } from '../server/domain/payouts/pay-back.ts';
import { resumePayouts } from '../server/domain/payouts/send.ts';
import { resumeRefunds } from '../server/domain/refunds/refund.ts';
import type { CampaignView } from '../server/protocol/campaigns.ts';
import { campaignFeed, type FeedPage, FINANCE, ownerFeed } from '../server/protocol/feeds.ts';
import { rupiah } from '../server/protocol/money.ts';
import type { PayoutPage, PayoutView } from '../server/protocol/payouts.ts';
import type { RefundPage, RefundView } from '../server/protocol/refunds.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { balancesOf, enteredFor, irisOf, payingOut, soon } from './support/payouts.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

const HOLDER = 'AYU LESTARI';

describe('a gift that its gateway cannot give back', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let admin: pg.Client;
  let clerk: Awaited<ReturnType<typeof person>>;
  let chief: Awaited<ReturnType<typeof person>>;
  let asks: string;
  let approves: string;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let owner: string;
  let number: string;
  let numbers = 0;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    admin = new pg.Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    // Only the tests' own runs count here, not the clock's.
    await admin.query(
      `insert into sk.job_leases (job, holder, until) values ('payouts', 'test', now() + interval '1 hour')`,
    );
    clerk = await person(platform.house.db, 'Dewi', 'finance');
    chief = await person(platform.house.db, 'Rini', 'finance');
    asks = outside.tokenOf(clerk);
    approves = outside.tokenOf(chief);
  });
  after(async () => {
    await admin.end();
    outside.close();
    await platform.close();
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    owner = outside.tokenOf(campaign.owner);
    number = String(2_000_000_001 + 2 * numbers++);
    await outside.control('/accounts', { bank: 'bca', number, holder: HOLDER });
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  const gifted = (amount = 50_000, more: Record<string, unknown> = {}) =>
    outside.paid(campaign.id, { gift: rupiah(amount), method: 'va_bca', ...more });
  const request = (gift: number, more: Record<string, unknown> = {}) => ({
    gift: rupiah(gift),
    reason: 'Salah jumlah',
    byPayout: { bank: 'bca', number },
    ...more,
  });
  const ask = (
    donationId: string,
    gift: number,
    {
      key = randomUUID(),
      token = asks,
      ...more
    }: { key?: string; token?: string; [more: string]: unknown } = {},
  ) =>
    outside.post<{ refund: RefundView }>(`/api/v1/donations/${donationId}/refunds`, request(gift, more), {
      token,
      headers: { 'idempotency-key': key },
    });
  async function asked(
    donationId: string,
    gift: number,
    more: Record<string, unknown> = {},
  ): Promise<RefundView> {
    const { status, body } = await ask(donationId, gift, more);
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.refund;
  }
  const decide = (refund: { id: string }, what: string, body: unknown = {}, token = approves) =>
    outside.post<{ payout: PayoutView }>(`/api/v1/payouts/${refund.id}/${what}`, body, { token });
  async function approved(refund: { id: string }): Promise<void> {
    expect((await decide(refund, 'approve')).body.payout.status).to.equal('submitted');
  }
  const row = async ({ id }: { id: string }) =>
    (await admin.query('select * from sk.payouts where refund_id = $1', [id])).rows[0];
  const refundNow = async ({ id }: { id: string }): Promise<RefundView | undefined> =>
    (await outside.get<RefundPage>('/api/v1/finance/refunds?limit=100', { token: asks })).body.items.find(
      (one) => one.id === id,
    );
  const reaches = (refund: { id: string }, status: RefundView['status']) =>
    until(async () => (await refundNow(refund))?.status === status, { what: `the refund to be ${status}` });
  /** What the simulated bank does with it. */
  const bank = async (refund: { id: string }, action: 'complete' | 'fail' | 'return') =>
    outside.control('/pay', { gateway: 'iris', orderId: (await row(refund)).key, action });
  const misbehave = (scenario: string, more: Record<string, unknown> = {}) =>
    outside.control('', { gateway: 'iris', scenario, ...more });
  const feed = async (name: string, token: string) =>
    (await outside.get<FeedPage>(`/api/v1/feeds/${name}/events?since=0&limit=500`, { token })).body.events;
  const total = async () => {
    const { body } = await outside.get<{ campaign: CampaignView }>(`/api/v1/campaigns/${campaign.id}`);
    return [body.campaign.raised.amount, body.campaign.donorCount];
  };
  const balances = () => balancesOf(outside, campaign.id, owner);
  const balance = async (code: string): Promise<number> =>
    Number(
      (
        await platform.house.db.one(
          `select coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0)::text as minor
           from sk.postings p join sk.accounts a on a.id = p.account_id where a.code = $1`,
          code,
        )
      ).minor,
    );
  const setAside = async (): Promise<number> =>
    Number(
      (
        await admin.query('select refunding_minor from sk.campaign_money where campaign_id = $1', [
          campaign.id,
        ])
      ).rows[0].refunding_minor,
    );
  const entered = (amount: number) => enteredFor(outside, amount);
  const housed = (more: Parameters<typeof payingOut>[1] = {}) => payingOut(platform, more);

  it('is paid out to the donor’s account, by two people, and leaves the total when it has arrived', async () => {
    const gift = await gifted(50_000, { tip: rupiah(5_000) });
    await gifted(30_000);
    const paying = await balance('gateway_balance:midtrans');
    const told = await outside.post<{ holder: string }>(
      '/api/v1/finance/holder',
      { bank: 'bca', number },
      { token: asks },
    );
    expect(told.body).to.deep.equal({ holder: HOLDER });

    const refund = await asked(gift.id, 40_000, { tip: rupiah(5_000) });
    expect(refund).to.include({ status: 'requested', madeAt: 'payout', donationId: gift.id });
    expect(await setAside()).to.equal(40_000);
    const shownTo = async (token: string) =>
      (await outside.get<PayoutPage>('/api/v1/finance/payouts?status=requested', { token })).body.items.find(
        ({ refundId }) => refundId === refund.id,
      );
    const account = { bank: 'bca', holder: HOLDER };
    expect(await shownTo(approves)).to.deep.include({
      campaignId: campaign.id,
      amount: rupiah(45_000),
      bankAccount: { ...account, number },
    });
    const auditor = outside.tokenOf(await person(platform.house.db, 'Oni', 'auditor'));
    expect((await shownTo(auditor))?.bankAccount).to.deep.equal({
      ...account,
      number: `••••${number.slice(-4)}`,
    });
    await approved(refund);
    // Not before the bank says so: until then the donor does not have it.
    expect(await total()).to.deep.equal([80_000, 2]);
    await bank(refund, 'complete');
    await reaches(refund, 'done');

    expect(await total()).to.deep.equal([40_000, 2]);
    expect(await outside.seen(gift)).to.deep.include({
      status: 'partially_refunded',
      returned: rupiah(40_000),
    });
    expect(await setAside()).to.equal(0);
    // It left where payouts leave, and none of it was a payout of the campaign.
    expect(await balance('gateway_balance:midtrans')).to.equal(paying - 45_000);
    expect(await balances()).to.deep.include({ paidOut: 0, pending: 0, refunded: 40_000 });
  });

  it('names no account on any feed, and its payout nothing at all to the campaign’s team', async () => {
    const gift = await gifted();
    const refund = await asked(gift.id, 50_000);
    await approved(refund);
    await bank(refund, 'complete');
    await reaches(refund, 'done');
    const ofTeam = await feed(ownerFeed(campaign.id), owner);
    const ofFinance = await feed(FINANCE, asks);
    const ofAll = await feed(campaignFeed(campaign.id), owner);
    expect(ofTeam.map(({ type }) => type).filter((type) => !type.startsWith('campaign.'))).to.deep.equal([
      'donation.received',
      'donation.refunded',
    ]);
    expect(
      ofFinance
        .filter(({ type, data }) => type === 'payout.changed' && (data as { id: string }).id === refund.id)
        .map(({ data }) => (data as { status: string }).status),
    ).to.deep.equal(['requested', 'approved', 'submitted', 'confirmed']);
    const said = JSON.stringify([ofTeam, ofFinance, ofAll]);
    expect(said).to.not.contain(number).and.not.contain(HOLDER);
    const ofCampaign = await outside.get<PayoutPage>(`/api/v1/campaigns/${campaign.id}/payouts`, {
      token: owner,
    });
    expect(ofCampaign.body.items).to.deep.equal([]);
    // Nothing of the campaign's own was paid out, so there is nothing to prove the use of.
    expect(
      await acting(platform.house.db, 'system', 'test', (tx) => tx.payouts.proofMissing(campaign.id)),
    ).to.equal(false);
  });

  describe('needs two people of finance:', () => {
    it('not the one who asked, nor one of the campaign’s team, nor anybody else', async () => {
      const gift = await gifted();
      const refund = await asked(gift.id, 50_000);
      expect((await decide(refund, 'approve', {}, asks)).problem.code).to.equal('own-approval');
      const member = await person(platform.house.db, 'Tono', 'finance');
      await admin.query(
        "insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, 'editor')",
        [campaign.id, member.userId],
      );
      expect((await decide(refund, 'approve', {}, outside.tokenOf(member))).problem.code).to.equal(
        'own-approval',
      );
      expect((await decide(refund, 'approve', {}, owner)).problem.code).to.equal('forbidden');
      expect((await ask(gift.id, 1_000, { token: owner })).problem.code).to.equal('forbidden');
      const asksWho = await outside.post('/api/v1/finance/holder', { bank: 'bca', number }, { token: owner });
      expect(asksWho.problem.code).to.equal('forbidden');
      expect((await row(refund)).status).to.equal('requested');
    });

    it('the second may say no, with a reason, and what was set aside is free', async () => {
      const gift = await gifted();
      const refund = await asked(gift.id, 50_000);
      await decide(refund, 'reject', { note: 'Nama tidak sama' });
      expect(await refundNow(refund)).to.include({ status: 'failed', failure: 'Nama tidak sama' });
      expect(await setAside()).to.equal(0);
      expect(await total()).to.deep.equal([50_000, 1]);
      expect((await ask(gift.id, 50_000)).status).to.equal(201);
    });

    it('the second may say yes however much of the campaign’s money is held', async () => {
      const gift = await gifted();
      await outside.post(
        `/api/v1/campaigns/${campaign.id}/holds`,
        { reason: 'Diperiksa' },
        { token: approves, headers: { 'idempotency-key': randomUUID() } },
      );
      await approved(await asked(gift.id, 50_000));
    });
  });

  describe('is refused, and nothing is written,', () => {
    it('to an account that no bank knows, two ways at once, and where no gateway pays out', async () => {
      const gift = await gifted();
      await outside.control('/accounts', { bank: 'bca', number: '999999999', holder: null });
      const unknown = await ask(gift.id, 50_000, { byPayout: { bank: 'bca', number: '999999999' } });
      expect(unknown.problem.errors?.[0]?.path).to.equal('byPayout.number');
      const noBank = await ask(gift.id, 50_000, { byPayout: { bank: 'nobank', number } });
      expect(noBank.problem.errors?.[0]?.path).to.equal('byPayout.bank');
      const both = await ask(gift.id, 50_000, { byTransfer: { bankReference: 'TRF-1' } });
      expect(both.status).to.equal(400);
      const byHand = payBack(housed({ payoutGateway: null }), clerk, {
        id: randomUUID(),
        donationId: gift.id,
        request: request(50_000),
        account: { bank: 'bca', number },
      });
      expect(await byHand.catch((refusal: { code: string }) => refusal.code)).to.equal('not-allowed');
      const left = await admin.query('select from sk.refunds where donation_id = $1', [gift.id]);
      expect(left.rowCount).to.equal(0);
      expect(await setAside()).to.equal(0);
    });

    it('beyond what is left, also while another refund of it is under way', async () => {
      const gift = await gifted(50_000, { method: 'gopay' });
      await gifted(500_000);
      await asked(gift.id, 30_000);
      expect((await ask(gift.id, 20_001)).problem.code).to.equal('over-limit');
      const atGateway = await outside.post(
        `/api/v1/donations/${gift.id}/refunds`,
        { gift: rupiah(20_001), reason: 'x' },
        { token: asks, headers: { 'idempotency-key': randomUUID() } },
      );
      expect(atGateway.problem.code).to.equal('over-limit');
    });
  });

  it('is asked for once under one key, and by eight at once no further than the gift reaches', async () => {
    const gift = await gifted(50_000, { method: 'gopay' });
    const key = randomUUID();
    const first = await ask(gift.id, 10_000, { key });
    const again = await ask(gift.id, 10_000, { key });
    expect(again.body).to.deep.equal(first.body);
    const body = { gift: rupiah(10_000), reason: 'x' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0
          ? ask(gift.id, 10_000)
          : outside.post(`/api/v1/donations/${gift.id}/refunds`, body, {
              token: asks,
              headers: { 'idempotency-key': randomUUID() },
            }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).to.have.length(4);
    for (const { status, problem } of answers)
      if (status !== 201) expect(problem.code).to.equal('over-limit');
    const { rows } = await admin.query(
      `select r.id, r.made_at from sk.refunds r where donation_id = $1 and status = 'requested'`,
      [gift.id],
    );
    for (const one of rows) {
      await approved(one);
      await bank(one, 'complete');
      await reaches(one, 'done');
    }
    expect(await outside.seen(gift)).to.deep.include({ status: 'refunded', returned: rupiah(50_000) });
    expect(await total()).to.deep.equal([0, 0]);
  });

  it('locks its payment before the accounts of its campaign, as gifts do', async () => {
    const gift = await gifted();
    const refund = await asked(gift.id, 50_000);
    await admin.query('begin');
    await admin.query('select from sk.payments where donation_id = $1 for no key update', [gift.id]);
    const decided = decide(refund, 'approve');
    await until(async () => (await admin.query('select from pg_locks where not granted')).rows.length > 0, {
      everyMs: 5,
      what: 'the approval to wait for the payment',
    });
    // Whoever held this while waiting there would wait for a notice that waits for it.
    await admin.query(
      `select from sk.balances b join sk.accounts a on a.id = b.account_id where a.code = $1 for no key update of b nowait`,
      [`campaign_payable:${campaign.id}`],
    );
    await admin.query('commit');
    expect((await decided).status).to.be.oneOf([200, 503]);
    // Where this test was slow, the approval has waited for its longest.
    outside.faults.splice(0);
  });

  describe('at the gateway that pays', () => {
    it('fails and frees what was set aside', async () => {
      const gift = await gifted();
      const refund = await asked(gift.id, 50_000);
      await approved(refund);
      await bank(refund, 'fail');
      await reaches(refund, 'failed');
      expect((await refundNow(refund))?.failure).to.equal('Beneficiary account is closed');
      expect(await setAside()).to.equal(0);
      expect(await total()).to.deep.equal([50_000, 1]);
      expect((await ask(gift.id, 50_000)).status).to.equal(201);
    });

    it('is asked about, never asked of the gateway of the gift, and never sent under a second key', async () => {
      const gift = await gifted(51_231);
      const refund = await asked(gift.id, 51_231);
      const { key } = await row(refund);
      await misbehave('timeout', { count: 1, call: 'create', orderId: key, ms: 60_000 });
      const slow = housed({ payoutGateway: irisOf(platform, { timeoutMs: 300 }) });
      expect(await approvePayout(slow, chief, { id: refund.id, note: '' })).to.include({
        status: 'approved',
      });
      expect(slow.faults).to.have.length(1);
      expect(await resumeRefunds(housed({ now: soon }))).to.equal(0);
      await resumePayouts(housed({ now: soon }));
      expect((await row(refund)).status).to.equal('submitted');
      expect(await entered(51_231)).to.have.length(1);
      await outside.control('/pay', { orderId: key, action: 'complete' });
      await reaches(refund, 'done');
      expect((await row(refund)).key).to.equal(key);
    });

    it('goes on after a process died between keeping the number and approving', async () => {
      const gift = await gifted(51_232);
      const refund = await asked(gift.id, 51_232);
      await approvePayout(housed({ payoutGateway: null }), chief, { id: refund.id, note: '' });
      const { key } = await row(refund);
      const { gatewayReference } = await irisOf(platform).create({
        key,
        bank: 'bca',
        number,
        holder: HOLDER,
        amountMinor: 51_232n,
      });
      await platform.house.db.payouts.keepReference({ id: refund.id, gateway: 'iris', gatewayReference });
      await resumePayouts(housed({ now: soon }));
      await bank(refund, 'complete');
      await reaches(refund, 'done');
      expect((await entered(51_232)).map(({ order_id }) => order_id)).to.deep.equal([gatewayReference]);
    });

    it('counts again when it comes back from the bank, and may be given back anew', async () => {
      const gift = await gifted(50_000, { tip: rupiah(4_000) });
      await gifted(30_000);
      const paying = await balance('gateway_balance:midtrans');
      const refund = await asked(gift.id, 50_000, { tip: rupiah(4_000) });
      await approved(refund);
      await bank(refund, 'complete');
      await reaches(refund, 'done');
      expect(await total()).to.deep.equal([30_000, 1]);
      await bank(refund, 'return');
      await reaches(refund, 'failed');
      expect((await row(refund)).status).to.equal('reversed');
      expect(await total()).to.deep.equal([80_000, 2]);
      expect(await balance('gateway_balance:midtrans')).to.equal(paying);
      expect((await outside.seen(gift)).status).to.equal('paid');
      const event = (await feed(campaignFeed(campaign.id), owner)).at(-1);
      expect(event).to.deep.include({
        type: 'donation.refund_returned',
        data: { id: gift.id, returned: rupiah(50_000), left: rupiah(50_000) },
        totals: { raised: rupiah(80_000), donorCount: 2 },
      });
      const anew = await asked(gift.id, 50_000, { tip: rupiah(4_000) });
      await approved(anew);
      await bank(anew, 'complete');
      await reaches(anew, 'done');
      expect(await total()).to.deep.equal([30_000, 1]);
    });

    it('waits for a person when a bank took the gift back meanwhile', async () => {
      const gift = await gifted(50_000, { method: 'card' });
      await gifted(100_000);
      const takenBack = (reference: string) =>
        platform.house.receive([
          {
            gateway: 'midtrans',
            kind: 'dispute',
            dedupeKey: randomUUID(),
            rawBody: Buffer.from('{}'),
            word: { reference, key: 'chargeback', amountMinor: 30_000n, at: new Date() },
          },
        ]);
      const refund = await asked(gift.id, 40_000);
      expect(await takenBack(gift.reference)).to.deep.equal(['booked']);
      const tooLate = await decide(refund, 'approve');
      expect(tooLate.problem.code).to.equal('wrong-state');
      expect((await decide(refund, 'reject', { note: 'Sudah ditarik bank' })).status).to.equal(200);
      const rest = await asked(gift.id, 20_000);
      await approved(rest);
      await bank(rest, 'complete');
      await reaches(rest, 'done');
      expect(await total()).to.deep.equal([100_000, 1]);

      // Both of them took it, and no book can say whose loss that is.
      const other = await gifted(50_000, { method: 'card' });
      const sent = await asked(other.id, 40_000);
      await approved(sent);
      await takenBack(other.reference);
      await bank(sent, 'complete');
      const reason = 'says completed, is submitted: less is left of the gift than was paid back';
      await until(
        async () =>
          (await feed(FINANCE, asks)).some(
            ({ type, data }) =>
              type === 'notice.quarantined' && (data as { reason: string }).reason === reason,
          ),
        { what: 'finance to be told' },
      );
      expect(await refundNow(sent)).to.include({ status: 'requested' });
    });
  });

  it('is paid back also where it was paid twice, out of suspense', async () => {
    const gift = await outside.pledged(campaign.id);
    const caller = { address: '192.0.2.7', network: '192.0.2.7/32', device: null };
    await payAgain(platform.house, { donationId: gift.id, request: { method: 'va_bca' }, caller });
    const second = await platform.house.db.payments.latestOf(gift.id);
    if (!second) throw new Error('no second attempt');
    await outside.act(gift.reference, 'pay');
    await until(async () => (await outside.seen(gift)).status === 'paid');
    const before = await balance('suspense:midtrans');
    await outside.act(second.reference, 'pay');
    await until(async () => (await balance('suspense:midtrans')) === before - 50_000);
    const refund = await asked(gift.id, 50_000, { paymentId: second.id });
    await approved(refund);
    await bank(refund, 'complete');
    await reaches(refund, 'done');
    expect(await balance('suspense:midtrans')).to.equal(before);
    await bank(refund, 'return');
    await reaches(refund, 'failed');
    expect(await balance('suspense:midtrans')).to.equal(before - 50_000);
    expect(await total()).to.deep.equal([50_000, 1]);
  });

  it('leaves the donor’s account with us for as long as money may come back, seen by the system alone', async () => {
    const gift = await gifted(100_000);
    const ended = await asked(gift.id, 40_000);
    await decide(ended, 'reject', { note: 'x' });
    const open = await asked(gift.id, 50_000);
    const numbersKept = (uid: string) =>
      acting(platform.house.db, uid, 'test', (tx) =>
        tx.any<{ refund_id: string }>(
          'select refund_id from sk.payback_accounts where refund_id = any($1::uuid[])',
          [[ended.id, open.id]],
        ),
      );
    expect(await numbersKept(clerk.userId)).to.deep.equal([]);
    expect(await numbersKept('system')).to.have.length(2);
    const purge = (days: number) =>
      timetable({
        ...housed({ now: () => new Date(Date.now() + days * 24 * 3_600_000) }),
        onBroken: () => {},
        onFigures: () => {},
        onRan: () => {},
      })
        .find(({ job }) => job === 'purge')
        ?.work();
    await purge(80);
    expect(await numbersKept('system')).to.have.length(2);
    await purge(100);
    expect(await numbersKept('system')).to.deep.equal([{ refund_id: open.id }]);
    const { body } = await outside.get<PayoutPage>('/api/v1/finance/payouts', { token: asks });
    expect(body.items.find(({ id }) => id === ended.id)?.bankAccount).to.deep.equal({
      bank: '',
      number: '',
      holder: '',
    });
  });
});
