import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import { payAgain } from '../server/domain/donations/pledge.ts';
import { payoutRequestedOf } from '../server/domain/ledger/entries.ts';
import { post } from '../server/domain/ledger/post.ts';
import { refund as refundVerb, resumeRefunds } from '../server/domain/refunds/refund.ts';
import type { CampaignView } from '../server/protocol/campaigns.ts';
import {
  type CampaignState,
  campaignFeed,
  donationFeed,
  type FeedPage,
  FINANCE,
  ownerFeed,
} from '../server/protocol/feeds.ts';
import { rupiah } from '../server/protocol/money.ts';
import type {
  DisputePage,
  DisputeView,
  PaidGiftView,
  RefundPage,
  RefundView,
} from '../server/protocol/refunds.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe('money that goes back', () => {
  let platform: TestPlatform;
  let donor: Visitor;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let finance: string;
  let team: string;

  before(async () => {
    platform = await startPlatform();
    donor = visitor(platform);
    finance = donor.tokenOf(await person(platform.house.db, 'Dewi', 'finance'));
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    team = donor.tokenOf(campaign.owner);
  });
  after(async () => {
    donor.close();
    await platform.close();
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    const faults = donor.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`);
    expect(faults).to.deep.equal([]);
  });

  const page = async (id = campaign.id): Promise<CampaignView> =>
    (await donor.get<{ campaign: CampaignView }>(`/api/v1/campaigns/${id}`)).body.campaign;
  const totals = async () => {
    const { raised, donorCount } = await page();
    return [raised.amount, donorCount];
  };
  const feed = async (name: string, token?: string, claimToken?: string) =>
    (
      await donor.get<FeedPage>(`/api/v1/feeds/${name}/events?since=0`, {
        token,
        ...(claimToken ? { headers: { 'x-claim-token': claimToken } } : {}),
      })
    ).body.events;
  const last = async (...of: Parameters<typeof feed>) => (await feed(...of)).at(-1);
  const giveBack = (
    donationId: string,
    gift: number,
    {
      tip,
      key = randomUUID(),
      token = finance,
      ...more
    }: { tip?: number; key?: string; token?: string; [more: string]: unknown } = {},
  ) =>
    donor.post<{ refund: RefundView }>(
      `/api/v1/donations/${donationId}/refunds`,
      {
        gift: rupiah(gift),
        ...(tip === undefined ? {} : { tip: rupiah(tip) }),
        reason: 'Salah jumlah',
        ...more,
      },
      { token, headers: { 'idempotency-key': key } },
    );
  const balance = async (code: string): Promise<number> => {
    const row = await platform.house.db.oneOrNone(
      `select coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0)::text as minor
       from sk.postings p join sk.accounts a on a.id = p.account_id where a.code = $1`,
      code,
    );
    return Number(row.minor);
  };
  const payable = () => balance(`campaign_payable:${campaign.id}`);
  const receivable = () => balance(`campaign_receivable:${campaign.id}`);
  const journals = async (kind: string): Promise<number> =>
    (await platform.house.db.one('select count(*)::int as n from sk.journals where kind = $1', kind)).n;
  const refundsOf = (donationId: string) =>
    platform.house.db.any(
      'select status, gift_minor::int as gift, tip_minor::int as tip, made_at from sk.refunds where donation_id = $1 order by id',
      donationId,
    );
  /** As the merchant's own dashboard would, past the platform. */
  async function refundAtGateway(reference: string, amount: number): Promise<void> {
    const answer = await fetch(`${platform.simulatorUrl}/midtrans/v2/${reference}/refund`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${platform.config.midtrans.serverKey}:`).toString('base64')}`,
      },
      body: JSON.stringify({ refund_key: `dashboard-${amount}-${uuidv7()}`, amount, reason: 'dari dasbor' }),
    });
    const body = (await answer.json()) as { status_code: string };
    expect(body.status_code).to.equal('200');
  }
  /** The campaign's money is gone, as by a payout. */
  async function empty(amountMinor: bigint): Promise<void> {
    const id = uuidv7();
    const now = new Date();
    await acting(platform.house.db, 'system', 'test.empty', async (tx) => {
      await tx.none(
        `insert into sk.bank_accounts (id, campaign_id, bank, number, holder, added_by, added_at, usable_from)
         values ($1, $2, 'bca', '1234567890', 'YAYASAN', $3, now(), now())`,
        [id, campaign.id, campaign.owner.userId],
      );
      await tx.none(
        `insert into sk.payouts (id, campaign_id, bank_account_id, amount_minor, key, requested_by, requested_at)
         values ($1, $2, $1, $3, $4, $5, now())`,
        [
          id,
          campaign.id,
          amountMinor,
          `P${id.replaceAll('-', '').slice(-20).toUpperCase()}`,
          campaign.owner.userId,
        ],
      );
      await post(tx, [payoutRequestedOf({ id, campaignId: campaign.id, amountMinor, at: now })]);
    });
  }

  it('wholly leaves the total, the wall and the books, and everybody who may know hears it once', async () => {
    const gift = await donor.paid(campaign.id, { tip: rupiah(5_000), donor: { name: 'Ayu' } });
    await donor.paid(campaign.id, { gift: rupiah(30_000) });
    const back = await giveBack(gift.id, 50_000, { tip: 5_000 });
    expect(back.status).to.equal(201);
    expect(back.body.refund).to.include({ status: 'done', madeAt: 'platform', donationId: gift.id });
    expect(await totals()).to.deep.equal([30_000, 1]);
    expect((await donor.seen(gift)).status).to.equal('refunded');
    expect((await donor.seen(gift)).returned).to.deep.equal(rupiah(50_000));

    const said = { id: gift.id, returned: rupiah(50_000), left: rupiah(0) };
    const withTotals = { raised: rupiah(30_000), donorCount: 1 };
    for (const name of [campaignFeed(campaign.id), ownerFeed(campaign.id)]) {
      const event = await last(name, team);
      expect(event).to.include({ type: 'donation.refunded' });
      expect(event?.data).to.deep.equal(said);
      expect(event?.totals).to.deep.equal(withTotals);
    }
    expect((await last(donationFeed(gift.id), undefined, gift.claimToken))?.data).to.deep.equal({
      returned: rupiah(55_000),
    });
    const { body } = await donor.get<FeedPage>(`/api/v1/feeds/${campaignFeed(campaign.id)}/events`);
    expect((body.state as CampaignState).wall.map((item) => item.gift.amount)).to.deep.equal([30_000]);

    // The gateway tells twice of one refund: when it is made, and when the bank confirms it.
    await until(async () => {
      const told = (await donor.order(gift.reference))?.notifications.filter(
        ({ status }) => status === 'refund',
      );
      return told?.length === 2 && told.every(({ delivered }) => delivered);
    });
    expect(await totals()).to.deep.equal([30_000, 1]);
    expect(await payable()).to.equal(-30_000);
    expect(
      (await feed(campaignFeed(campaign.id))).filter(({ type }) => type === 'donation.refunded'),
    ).to.have.length(1);
  });

  it('is told to its donor by mail, once, who may wait for the bank some days', async () => {
    const email = `ayu-${uuidv7()}@example.org`;
    const gift = await donor.paid(campaign.id, { donor: { name: 'Ayu', email }, tip: rupiah(1_000) });
    await giveBack(gift.id, 20_000, { tip: 1_000 });
    const mails = () =>
      platform.house.db.tx(async (tx) => {
        await tx.none("set local app.uid = 'system'");
        return tx.any('select template, data from sk.outbox where recipient = $1 order by id', email);
      });
    const refund = (await mails()).filter(({ template }) => template === 'refund');
    expect(refund).to.have.length(1);
    const letters = () => fetch(`${platform.simulatorUrl}/inbox`).then((answer) => answer.text());
    await platform.house.sendMail?.();
    await until(async () => (await letters()).includes('Uang kembali: Rp21.000'));
  });

  it('in parts that name gift and tip stays on the wall with what is left, until nothing is', async () => {
    const gift = await donor.paid(campaign.id, { tip: rupiah(5_000) });
    expect((await giveBack(gift.id, 20_000, { tip: 0 })).body.refund.status).to.equal('done');
    expect(await totals()).to.deep.equal([30_000, 1]);
    expect((await donor.seen(gift)).status).to.equal('partially_refunded');
    const { body } = await donor.get<FeedPage>(`/api/v1/feeds/${campaignFeed(campaign.id)}/events`);
    expect((body.state as CampaignState).wall.map((item) => item.gift.amount)).to.deep.equal([30_000]);
    expect((await giveBack(gift.id, 0, { tip: 5_000 })).body.refund.status).to.equal('done');
    expect(await totals()).to.deep.equal([30_000, 1]);
    expect((await last(campaignFeed(campaign.id)))?.data).to.deep.equal({
      id: gift.id,
      returned: rupiah(20_000),
      left: rupiah(30_000),
    });
    expect((await giveBack(gift.id, 30_000)).body.refund.status).to.equal('done');
    expect(await totals()).to.deep.equal([0, 0]);
    expect((await donor.seen(gift)).status).to.equal('refunded');
  });

  it('at the gateway itself takes the gift first, and the tip when the gift is gone', async () => {
    const gift = await donor.paid(campaign.id, { tip: rupiah(5_000) });
    await refundAtGateway(gift.reference, 45_000);
    await until(async () => (await donor.seen(gift)).status === 'partially_refunded');
    expect(await totals()).to.deep.equal([5_000, 1]);
    await refundAtGateway(gift.reference, 8_000);
    await until(async () => (await donor.seen(gift)).status === 'refunded');
    expect(await totals()).to.deep.equal([0, 0]);
    expect(await refundsOf(gift.id)).to.deep.equal([
      { status: 'done', gift: 45_000, tip: 0, made_at: 'gateway' },
      { status: 'done', gift: 5_000, tip: 3_000, made_at: 'gateway' },
    ]);
    expect((await last(FINANCE, finance))?.type).to.equal('refund.changed');
  });

  it('of a virtual account is paid by hand, as finance says, out of the bank', async () => {
    const gift = await donor.paid(campaign.id, { method: 'va_bca' });
    const before = await balance('bank:main');
    const refused = await giveBack(gift.id, 50_000);
    expect([refused.status, refused.problem.code]).to.deep.equal([422, 'not-allowed']);
    const back = await giveBack(gift.id, 50_000, { byTransfer: { bankReference: 'TRF-0091' } });
    expect(back.body.refund).to.include({ status: 'done', madeAt: 'transfer' });
    expect(await balance('bank:main')).to.equal(before - 50_000);
    expect(await totals()).to.deep.equal([0, 0]);
  });

  it('is found by its reference, with how it can go back', async () => {
    const gift = await donor.paid(campaign.id, { method: 'ovo', tip: rupiah(2_000) });
    const { body } = await donor.get<{ donation: PaidGiftView }>(
      `/api/v1/finance/donations?reference=${gift.reference}`,
      { token: finance },
    );
    expect(body.donation).to.include({ id: gift.id, status: 'paid' });
    expect(body.donation.payments).to.have.length(1);
    expect(body.donation.payments[0]).to.include({
      refundable: 'all or nothing',
      suspense: false,
      settled: false,
    });
  });

  describe('is refused, and nothing is written,', () => {
    const nothing = async (id: string) => {
      expect(await refundsOf(id)).to.deep.equal([]);
      expect(await totals()).to.deep.equal([50_000, 1]);
    };

    it('to everybody but finance', async () => {
      const gift = await donor.paid(campaign.id);
      const auditor = donor.tokenOf(await person(platform.house.db, 'Eka', 'auditor'));
      for (const token of [team, auditor, donor.tokenOf(campaign.moderator)]) {
        expect((await giveBack(gift.id, 50_000, { token })).problem.code).to.equal('forbidden');
      }
      const guest = await donor.post(
        `/api/v1/donations/${gift.id}/refunds`,
        { gift: rupiah(1), reason: 'x' },
        { headers: { 'idempotency-key': randomUUID() } },
      );
      expect(guest.status).to.equal(401);
      expect((await donor.get('/api/v1/finance/refunds', { token: team })).status).to.equal(403);
      expect((await donor.get<RefundPage>('/api/v1/finance/refunds', { token: auditor })).status).to.equal(
        200,
      );
      await nothing(gift.id);
    });

    it('beyond what is left, of what is not paid, of nothing, and of what can only go back as a whole', async () => {
      const gift = await donor.paid(campaign.id, { method: 'ovo', tip: rupiah(1_000) });
      const open = await donor.pledged(campaign.id);
      const cases: [string, number, Record<string, unknown>, string][] = [
        [gift.id, 50_001, {}, 'over-limit'],
        [gift.id, 50_000, { tip: 1_001 }, 'over-limit'],
        [gift.id, 50_000, {}, 'not-allowed'],
        [gift.id, 0, {}, 'invalid-input'],
        [gift.id, 1_000, { paymentId: uuidv7() }, 'invalid-input'],
        [gift.id, 1_000, { surprise: true }, 'invalid-input'],
        [open.id, 1_000, {}, 'wrong-state'],
        [uuidv7(), 1_000, {}, 'not-found'],
      ];
      for (const [id, amount, more, code] of cases) {
        expect((await giveBack(id, amount, more)).problem.code, `${amount} ${JSON.stringify(more)}`).to.equal(
          code,
        );
      }
      await nothing(gift.id);
    });

    it('where the campaign has less left', async () => {
      const gift = await donor.paid(campaign.id);
      await empty(20_000n);
      const { problem } = await giveBack(gift.id, 30_001);
      expect(problem.code).to.equal('over-limit');
      expect(problem.errors?.[0]?.message).to.contain('30000');
      expect((await giveBack(gift.id, 30_000)).body.refund.status).to.equal('done');
    });
  });

  describe('happens once', () => {
    it('for a hundred equal requests at once, each answered the same or told to wait', async () => {
      const gift = await donor.paid(campaign.id);
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => giveBack(gift.id, 50_000, { key })),
      );
      expect(new Set(answers.map(({ status }) => status))).to.satisfy((codes: Set<number>) =>
        [...codes].every((code) => code === 201 || code === 409),
      );
      const again = await giveBack(gift.id, 50_000, { key });
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect(await refundsOf(gift.id)).to.have.length(1);
      const other = await giveBack(gift.id, 40_000, { key });
      expect(other.problem.code).to.equal('idempotency-mismatch');
    });

    it('of twenty at once that are together too much, as far as the gift reaches', async () => {
      const gift = await donor.paid(campaign.id);
      const answers = await Promise.all(Array.from({ length: 20 }, () => giveBack(gift.id, 10_000)));
      expect(answers.filter(({ status }) => status === 201)).to.have.length(5);
      expect(answers.filter(({ status }) => status !== 201).map(({ problem }) => problem.code)).to.deep.equal(
        Array(15).fill('over-limit'),
      );
      expect(await totals()).to.deep.equal([0, 0]);
    });

    it('however often and however crossed its notices come', async () => {
      await donor.misbehave('duplicate-parallel', { count: 1 });
      const gift = await donor.paid(campaign.id);
      const before = await journals('refund');
      await giveBack(gift.id, 10_000);
      await until(async () =>
        (await donor.order(gift.reference))?.notifications.every(({ delivered }) => delivered),
      );
      expect(await journals('refund')).to.equal(before + 1);
      expect(await totals()).to.deep.equal([40_000, 1]);
    });

    for (const applied of [true, false]) {
      it(`where the gateway’s answer is lost and it did ${applied ? '' : 'not '}do it`, async () => {
        const gift = await donor.paid(campaign.id);
        const before = await journals('refund');
        await donor.misbehave('error-500', { call: 'refund', applied, orderId: gift.reference });
        const back = await giveBack(gift.id, 50_000);
        // Told by its notification in the meantime, or still open.
        expect(back.status).to.equal(201);
        donor.faults.length = 0;
        await resumeRefunds({ ...platform.house, now: () => new Date(Date.now() + 120_000) });
        await until(async () => (await donor.seen(gift)).status === 'refunded');
        await resumeRefunds({ ...platform.house, now: () => new Date(Date.now() + 240_000) });
        expect(await journals('refund')).to.equal(before + 1);
        expect(await refundsOf(gift.id)).to.have.length(1);
        donor.faults.length = 0;
      });
    }

    it('when the process dies between the gateway’s answer and its booking', async () => {
      const gift = await donor.paid(campaign.id);
      const user = await person(platform.house.db, 'Dewi', 'finance');
      const request = { gift: rupiah(50_000), reason: 'Salah' };
      const id = uuidv7();
      const killed = () => Promise.reject(new Error('killed'));
      const made = await refundVerb({ ...platform.house, receive: killed }, user, {
        id,
        donationId: gift.id,
        request,
      }).catch(() => null);
      expect(made).to.equal(null);
      await until(async () => (await donor.seen(gift)).status === 'refunded');
      const resumed = await refundVerb(platform.house, user, { id, donationId: gift.id, request });
      expect(resumed.status).to.equal('done');
      expect(await refundsOf(gift.id)).to.have.length(1);
    });
  });

  it('is free again when the gateway says no', async () => {
    const gift = await donor.paid(campaign.id);
    await donor.misbehave('refund-denied', { orderId: gift.reference });
    const back = await giveBack(gift.id, 50_000);
    expect(back.body.refund.status).to.equal('failed');
    expect(back.body.refund.failure).to.be.a('string');
    expect(donor.faults.splice(0).map(({ where }) => where)).to.deep.equal(['gateway']);
    expect(await totals()).to.deep.equal([50_000, 1]);
  });

  it('that was paid twice for one gift leaves suspense, and no total', async () => {
    const gift = await donor.pledged(campaign.id);
    const caller = { address: '192.0.2.7', network: '192.0.2.7/32', device: null };
    await payAgain(platform.house, { donationId: gift.id, request: { method: 'gopay' }, caller });
    const second = await platform.house.db.payments.latestOf(gift.id);
    await donor.act(gift.reference, 'pay');
    await until(async () => (await donor.seen(gift)).status === 'paid');
    await donor.act(second?.reference ?? '', 'pay');
    await until(async () => (await balance('suspense:midtrans')) === -50_000);
    const unclear = await giveBack(gift.id, 50_000);
    expect(unclear.problem.errors?.[0]?.path).to.equal('paymentId');
    const back = await giveBack(gift.id, 50_000, { paymentId: second?.id });
    expect(back.body.refund.status).to.equal('done');
    expect(await balance('suspense:midtrans')).to.equal(0);
    expect(await totals()).to.deep.equal([50_000, 1]);
    expect((await donor.seen(gift)).status).to.equal('paid');
  });

  describe('because it never came', () => {
    it('is asked about first, then taken out of everything', async () => {
      await donor.misbehave('deny-after-settlement', { ms: 1 });
      const gift = await donor.pledged(campaign.id, { method: 'va_permata' });
      await donor.act(gift.reference, 'pay');
      await until(async () => (await donor.seen(gift)).status === 'reversed');
      expect(await totals()).to.deep.equal([0, 0]);
      expect((await last(campaignFeed(campaign.id)))?.type).to.equal('donation.reversed');
      const { body } = await donor.get<DisputePage>('/api/v1/finance/disputes', { token: finance });
      expect(body.items[0]).to.include({ kind: 'reversal', status: 'lost', donationId: gift.id });
    });
  });

  describe('because a bank took it', () => {
    const disputeOf = async (donationId: string): Promise<DisputeView> => {
      const { body } = await donor.get<DisputePage>('/api/v1/finance/disputes', { token: finance });
      const found = body.items.find((item) => item.donationId === donationId);
      if (!found) throw new Error('no dispute');
      return found;
    };
    const win = (id: string, token = finance) =>
      donor.post<{ dispute: DisputeView }>(
        `/api/v1/disputes/${id}/won`,
        { note: 'Bank mengembalikan, surat 12/XI' },
        { token },
      );
    async function chargedBack() {
      const gift = await donor.paid(campaign.id, { method: 'card', tip: rupiah(2_000) });
      await donor.act(gift.reference, 'settle');
      await donor.act(gift.reference, 'chargeback');
      await until(async () => (await donor.seen(gift)).status === 'charged_back');
      return gift;
    }

    it('lowers the total at once, and counts again when it is won, once', async () => {
      const gift = await chargedBack();
      expect(await totals()).to.deep.equal([0, 0]);
      expect((await last(campaignFeed(campaign.id)))?.type).to.equal('donation.charged_back');
      const dispute = await disputeOf(gift.id);
      expect((await win(dispute.id, team)).problem.code).to.equal('forbidden');
      expect((await win(dispute.id)).body.dispute.status).to.equal('won');
      expect(await totals()).to.deep.equal([50_000, 1]);
      expect((await donor.seen(gift)).status).to.equal('paid');
      expect((await last(campaignFeed(campaign.id)))?.data).to.deep.equal({
        id: gift.id,
        returned: rupiah(50_000),
        left: rupiah(50_000),
      });
      expect((await win(dispute.id)).problem.code).to.equal('wrong-state');
      expect(await payable()).to.equal(-50_000);
    });

    it('becomes the campaign’s debt where its money is gone; later gifts repay it first', async () => {
      const gift = await donor.paid(campaign.id, { method: 'card' });
      await donor.act(gift.reference, 'settle');
      await empty(45_000n);
      await donor.act(gift.reference, 'chargeback');
      await until(async () => (await donor.seen(gift)).status === 'charged_back');
      expect([await payable(), await receivable()]).to.deep.equal([0, 45_000]);
      await donor.paid(campaign.id, { gift: rupiah(30_000) });
      expect([await payable(), await receivable()]).to.deep.equal([0, 15_000]);
      expect(await totals()).to.deep.equal([30_000, 1]);
      await donor.paid(campaign.id, { gift: rupiah(20_000) });
      expect([await payable(), await receivable()]).to.deep.equal([-5_000, 0]);
      expect((await win((await disputeOf(gift.id)).id)).status).to.equal(200);
      expect([await payable(), await receivable()]).to.deep.equal([-55_000, 0]);
    });

    it('costs the platform what the gateway asks for it, once', async () => {
      const dispute = await disputeOf((await chargedBack()).id);
      const fee = () =>
        donor.post(`/api/v1/disputes/${dispute.id}/fee`, { amount: rupiah(25_000) }, { token: finance });
      const before = await balance('dispute_fee');
      expect((await fee()).status).to.equal(200);
      expect((await fee()).problem.code).to.equal('wrong-state');
      expect(await balance('dispute_fee')).to.equal(before + 25_000);
    });
  });
});
