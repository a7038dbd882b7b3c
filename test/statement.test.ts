import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import type { Notice } from '../server/domain/gateways/gateway.ts';
import { payoutConfirmedOf, payoutRequestedOf, payoutReversedOf } from '../server/domain/ledger/entries.ts';
import { post } from '../server/domain/ledger/post.ts';
import { rupiah } from '../server/protocol/money.ts';
import type { OfflineView } from '../server/protocol/offline.ts';
import type { FinanceOverview, SettlementView } from '../server/protocol/settlements.ts';
import type { StatementPage } from '../server/protocol/statement.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe("a campaign's statement", () => {
  let platform: TestPlatform;
  let v: Visitor;
  let dewi: string;
  let eko: string;
  let auditor: string;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;

  before(async () => {
    platform = await startPlatform({ PLATFORM_FEE_BP: '100' });
    v = visitor(platform);
    const { db } = platform.house;
    dewi = v.tokenOf(await person(db, 'Dewi', 'finance'));
    eko = v.tokenOf(await person(db, 'Eko', 'finance'));
    auditor = v.tokenOf(await person(db, 'Fitri', 'auditor'));
  });
  after(async () => {
    v.close();
    await platform.close();
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(v.faults).to.deep.equal([]);
  });

  const today = (): string => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
  const statement = (query = '', more: Parameters<Visitor['get']>[1] = {}) =>
    v.get<StatementPage>(`/api/v1/campaigns/${campaign.id}/ledger${query}`, more);
  const once = (token: string) => ({ token, headers: { 'idempotency-key': randomUUID() } });
  const settle = (references: string[], amount: number, fee: number) =>
    v.post<{ settlement: SettlementView }>(
      '/api/v1/settlements',
      {
        gateway: 'midtrans',
        bankReference: `MT-${randomUUID()}`,
        settledOn: today(),
        references,
        amount: rupiah(amount),
        fee: rupiah(fee),
        vat: rupiah(0),
      },
      once(dewi),
    );
  const told = async (notice: Pick<Notice, 'kind'> & Record<string, unknown>): Promise<void> => {
    const outcomes = await platform.house.receive([
      {
        gateway: 'midtrans',
        dedupeKey: randomBytes(8).toString('hex'),
        rawBody: Buffer.from('{}'),
        ...notice,
      } as Notice,
    ]);
    expect(outcomes).to.deep.equal(['booked']);
  };
  const refunded = (reference: string, amountMinor: bigint) =>
    told({
      kind: 'refund',
      word: { reference, refunds: [{ key: randomUUID(), amountMinor, at: new Date() }] },
    });
  const chargedBack = (reference: string, amountMinor: bigint) =>
    told({ kind: 'dispute', word: { reference, key: randomUUID(), amountMinor, at: new Date() } });

  /** A payout as it ends, without the people and the bank on its way. */
  async function paidOut(amountMinor: bigint): Promise<string> {
    const id = uuidv7();
    const account = uuidv7();
    const at = new Date();
    const other = await person(platform.house.db, 'Gita', 'finance');
    await acting(platform.house.db, 'system', 'test', async (tx) => {
      await tx.none(
        `insert into sk.bank_accounts (id, campaign_id, bank, number, holder, added_by, added_at, usable_from)
         values ($1, $2, 'bca', $4, 'Warga', $3, now(), now())`,
        [account, campaign.id, campaign.owner.userId, `88${amountMinor}0099`],
      );
      await tx.none(
        `insert into sk.payouts (id, campaign_id, bank_account_id, amount_minor, status, key, requested_by, requested_at,
           decided_by, decided_at, ended_at)
         values ($1, $2, $3, $4, 'confirmed', $5, $6, now(), $7, now(), now())`,
        [
          id,
          campaign.id,
          account,
          amountMinor,
          `P${randomBytes(10).toString('hex').toUpperCase()}`,
          campaign.owner.userId,
          other.userId,
        ],
      );
      const of = { id, campaignId: campaign.id, amountMinor, at };
      await post(tx, [payoutRequestedOf(of), payoutConfirmedOf(of, 'bank:main')]);
      await tx.none(
        'update sk.campaign_money set paid_out_minor = paid_out_minor + $2 where campaign_id = $1',
        [campaign.id, amountMinor],
      );
    });
    return id;
  }
  const sentBack = (id: string, amountMinor: bigint) =>
    acting(platform.house.db, 'system', 'test', async (tx) => {
      await tx.none("update sk.payouts set status = 'reversed' where id = $1", id);
      await post(tx, [
        payoutReversedOf({ id, campaignId: campaign.id, amountMinor, at: new Date() }, 'bank:main'),
      ]);
      await tx.none(
        'update sk.campaign_money set paid_out_minor = paid_out_minor - $2 where campaign_id = $1',
        [campaign.id, amountMinor],
      );
    });

  it('is empty before anything is given, and has no opinion on the quality of nothing', async () => {
    const { status, body } = await statement();
    expect(status).to.equal(200);
    expect(body.items).to.deep.equal([]);
    expect(body.nextCursor).to.equal(null);
    expect(body.quality).to.deep.equal({ paid: null, settled: null, refunded: null });
    expect(new Set(Object.values(body.summary).map(({ amount }) => amount))).to.deep.equal(new Set([0]));
  });

  it('shows everyone what was paid, settled, refunded, taken back, kept and paid out, and what is left', async () => {
    const gifts = [];
    for (const amount of [400_000, 300_000, 200_000, 100_000]) {
      gifts.push(await v.paid(campaign.id, { gift: rupiah(amount), tip: rupiah(5_000) }));
    }
    const references = gifts.map(({ reference }) => reference);
    const [first = '', second = '', third = ''] = references;
    const entered = await v.post<{ offline: OfflineView }>(
      `/api/v1/campaigns/${campaign.id}/offline-donations`,
      {
        gift: rupiah(500_000),
        way: 'cash',
        receivedOn: today(),
        proof: 'Receipt 17',
        donor: { name: 'Ratna' },
      },
      once(dewi),
    );
    expect(entered.status).to.equal(201);
    const { donationId } = entered.body.offline;
    const own = await v.post(`/api/v1/offline-donations/${donationId}/approve`, {}, { token: dewi });
    expect(own.problem).to.include({ status: 403, code: 'own-approval' });
    const approved = await v.post(`/api/v1/offline-donations/${donationId}/approve`, {}, { token: eko });
    expect(approved.status).to.equal(200);

    await refunded(third, 50_000n);
    // 400,000 + 300,000 with their tips of 5,000 each.
    expect((await settle([first, second], 703_000, 7_000)).status).to.equal(201);
    await chargedBack(second, 100_000n);
    const payout = await paidOut(250_000n);
    await sentBack(payout, 250_000n);
    await paidOut(300_000n);

    const { body } = await statement();
    const summary = Object.fromEntries(
      Object.entries(body.summary).map(([key, { amount }]) => [key, amount]),
    );
    expect(summary).to.deep.equal({
      paid: 1_500_000,
      settled: 1_100_000,
      refunded: 50_000,
      clawedBack: 100_000,
      // What the gateway kept, and a hundredth of the 700,000 for the platform.
      fees: 14_000,
      paidOut: 300_000,
      pending: 0,
      left: 1_036_000,
      owed: 0,
    });
    expect(summary.left).to.equal(1_500_000 - 50_000 - 100_000 - 14_000 - 300_000);
    const { quality } = body;
    expect(quality.settled).to.be.closeTo(1_100 / 1_500, 1e-9);
    expect(quality.refunded).to.be.closeTo(150 / 1_500, 1e-9);
    expect((quality.paid ?? 0) + (quality.settled ?? 0) + (quality.refunded ?? 0)).to.be.closeTo(1, 1e-9);
    expect(body.items.map(({ kind, amount, fees }) => [kind, amount.amount, fees?.amount])).to.deep.equal([
      ['payout', -300_000, undefined],
      ['payout_reversed', 250_000, undefined],
      ['payout', -250_000, undefined],
      ['chargeback', -100_000, undefined],
      ['settlement', 700_000, 14_000],
      ['refund', -50_000, undefined],
    ]);
    const said = JSON.stringify(body);
    for (const secret of ['Ratna', '0099', ...references, 'MT-', 'Receipt 17']) {
      expect(said).not.to.include(secret);
    }

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: StatementPage = (await statement(`?limit=1${cursor ? `&cursor=${cursor}` : ''}`)).body;
      seen.push(...page.items.map(({ id, kind }) => `${kind} ${id}`));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).to.deep.equal(body.items.map(({ id, kind }) => `${kind} ${id}`));
  });

  it('says of a settlement that was taken back that it was', async () => {
    const gift = await v.paid(campaign.id, { gift: rupiah(100_000) });
    const { settlement } = (await settle([gift.reference], 90_000, 10_000)).body;
    const own = { reason: 'ten times the fee' };
    const refused = await v.post(`/api/v1/settlements/${settlement.id}/correct`, own, { token: dewi });
    expect(refused.problem).to.include({ status: 403, code: 'own-approval' });
    const done = await v.post(`/api/v1/settlements/${settlement.id}/correct`, own, { token: eko });
    expect(done.status).to.equal(200);
    const { body } = await statement();
    expect(body.items.map(({ kind, amount, fees }) => [kind, amount.amount, fees?.amount])).to.deep.equal([
      ['settlement_corrected', -100_000, -11_000],
      ['settlement', 100_000, 11_000],
    ]);
    expect(body.summary.fees).to.deep.equal(rupiah(0));
    expect(body.quality).to.deep.equal({ paid: 1, settled: 0, refunded: 0 });
    expect(JSON.stringify(body)).not.to.include('ten times');
  });

  it('keeps silent about money that was never the campaign’s', async () => {
    const gift = await v.paid(campaign.id, { gift: rupiah(100_000) });
    const reference = `SKTWICE${randomBytes(6).toString('hex').toUpperCase()}`;
    await platform.house.db.none(
      `insert into sk.payments (id, donation_id, campaign_id, gateway, method, reference, gift_minor, expires_at, status, paid_at)
       select $1, donation_id, campaign_id, gateway, method, $2, gift_minor, now(), 'pending', null from sk.payments where reference = $3`,
      [uuidv7(), reference, gift.reference],
    );
    const word = { reference, status: 'paid', amountMinor: 100_000n, currency: 'IDR', transactionId: 'x' };
    const outcomes = await platform.house.receive([
      {
        gateway: 'midtrans',
        dedupeKey: randomUUID(),
        rawBody: Buffer.from('{}'),
        kind: 'payment',
        word: { ...word, confirmed: true, at: new Date() },
      } as unknown as Notice,
    ]);
    expect(outcomes).to.deep.equal(['quarantined']);
    const overview = await v.get<FinanceOverview>('/api/v1/finance/overview', { token: auditor });
    expect(overview.body.counts).to.include({ suspense: 1, quarantined: 1 });
    await refunded(reference, 100_000n);
    const { body } = await statement();
    expect(body.items).to.deep.equal([]);
    expect(body.summary.refunded).to.deep.equal(rupiah(0));
    expect(body.summary.paid).to.deep.equal(rupiah(100_000));
  });

  it('is sent again only when there is something new', async () => {
    const first = await statement();
    // Programs that set the tag themselves are taken for ones that want no cache.
    const kept = { 'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    expect(first.headers.get('cache-control')).to.equal('public, no-cache');
    const again = await statement('', { headers: kept });
    expect(again.status).to.equal(304);
    await v.paid(campaign.id, { gift: rupiah(50_000) });
    const changed = await statement('', { headers: kept });
    expect(changed.status).to.equal(200);
    expect(changed.body.summary.paid).to.deep.equal(rupiah(50_000));
  });

  it('of a campaign that is not public is for its team alone', async () => {
    await platform.house.db.none("update sk.campaigns set status = 'rejected' where id = $1", campaign.id);
    expect((await statement()).problem).to.include({ status: 404, code: 'not-found' });
    const stranger = v.tokenOf(await person(platform.house.db, 'Hadi'));
    expect((await statement('', { token: stranger })).status).to.equal(404);
    expect((await statement('', { token: v.tokenOf(campaign.owner) })).status).to.equal(200);
    await platform.house.db.none("update sk.campaigns set status = 'live' where id = $1", campaign.id);
  });

  it('refuses cursors of other lists and unknown words', async () => {
    for (const query of ['?cursor=abc', '?cursor=WyIxIiwiMiIsIjMiXQ', '?limit=0', '?limit=101', '?of=x']) {
      expect((await statement(query)).problem).to.include({ status: 400, code: 'invalid-input' });
    }
  });

  describe('comes from calls of finance that', () => {
    it('answer the same when they are made again under one key', async () => {
      const gift = await v.paid(campaign.id, { gift: rupiah(60_000) });
      const request = {
        gateway: 'midtrans',
        bankReference: `MT-${randomUUID()}`,
        settledOn: today(),
        references: [gift.reference],
        amount: rupiah(60_000),
        fee: rupiah(0),
        vat: rupiah(0),
      };
      const key = once(dewi);
      const [first, again] = [
        await v.post<{ settlement: SettlementView }>('/api/v1/settlements', request, key),
        await v.post<{ settlement: SettlementView }>('/api/v1/settlements', request, key),
      ];
      expect(again.body).to.deep.equal(first.body);
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      const twice = await v.post('/api/v1/settlements', request, once(eko));
      expect(twice.problem).to.include({ status: 409, code: 'conflict' });
      const keyless = await v.post('/api/v1/settlements', request, { token: dewi });
      expect(keyless.problem).to.include({ status: 400, code: 'idempotency-key-missing' });
      const arrival = { bankReference: 'BCA 17', arrivedOn: today() };
      const arrived = await v.post<{ settlement: SettlementView }>(
        `/api/v1/settlements/${first.body.settlement.id}/arrival`,
        arrival,
        { token: eko },
      );
      expect(arrived.body.settlement.status).to.equal('arrived');
      const list = await v.get<{ items: SettlementView[] }>('/api/v1/settlements?limit=1', {
        token: auditor,
      });
      expect(list.body.items).to.deep.equal([arrived.body.settlement]);
    });

    it('refuse what does not add up, days that no calendar has, and the same reference twice', async () => {
      const gift = await v.paid(campaign.id, { gift: rupiah(60_000) });
      const wrong = await settle([gift.reference], 59_000, 999);
      expect(wrong.problem).to.include({ status: 422, code: 'settlement-mismatch' });
      expect(wrong.problem.detail).to.include('a difference of Rp-1.');
      const twice = await settle([gift.reference, gift.reference], 60_000, 0);
      expect(twice.problem).to.include({ status: 400, code: 'invalid-input' });
      const base = { way: 'cash', proof: 'x', gift: rupiah(10_000) };
      const path = `/api/v1/campaigns/${campaign.id}/offline-donations`;
      for (const receivedOn of ['2026-02-30', '2026-13-01', '2023-02-29', 'yesterday', '26-01-01']) {
        const answer = await v.post(path, { ...base, receivedOn }, once(dewi));
        expect(answer.problem, receivedOn).to.include({ status: 400, code: 'invalid-input' });
      }
      for (const bad of [{ gift: rupiah(999) }, { way: 'cheque' }, { proof: '' }, { extra: 1 }]) {
        const answer = await v.post(path, { ...base, receivedOn: today(), ...bad }, once(dewi));
        expect(answer.problem, JSON.stringify(bad)).to.include({ status: 400, code: 'invalid-input' });
      }
    });

    it('are closed to guests, donors, teams and, where something is done, to auditors', async () => {
      const owner = v.tokenOf(campaign.owner);
      const gets = [
        'overview',
        'unsettled?gateway=midtrans',
        'suspense',
        'offline-donations',
        'ledger.csv',
      ].map((path) => `/api/v1/finance/${path}`);
      for (const path of [...gets, '/api/v1/settlements']) {
        expect((await v.get(path)).status, path).to.equal(401);
        expect((await v.get(path, { token: owner })).problem, path).to.include({
          status: 403,
          code: 'forbidden',
        });
        expect((await v.get(path, { token: auditor })).status, path).to.equal(200);
      }
      const id = uuidv7();
      const posts: [string, unknown][] = [
        [`/api/v1/settlements/${id}/arrival`, { bankReference: 'x', arrivedOn: today() }],
        [`/api/v1/settlements/${id}/correct`, { reason: 'x' }],
        [`/api/v1/offline-donations/${id}/approve`, {}],
        [`/api/v1/offline-donations/${id}/reject`, { note: 'x' }],
      ];
      for (const [path, body] of posts) {
        expect((await v.post(path, body)).status, path).to.equal(401);
        expect((await v.post(path, body, { token: owner })).status, path).to.equal(403);
        expect((await v.post(path, body, { token: auditor })).status, path).to.equal(403);
        expect((await v.post(path, body, { token: eko })).status, path).to.equal(404);
      }
    });
  });
});
