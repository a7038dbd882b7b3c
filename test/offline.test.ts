import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import { create } from '../server/domain/campaigns/create.ts';
import { type Stories, stories } from '../server/domain/campaigns/stories.ts';
import {
  approveOffline,
  enterOffline,
  listOffline,
  rejectOffline,
} from '../server/domain/donations/offline.ts';
import { type Receive, receiver } from '../server/domain/donations/receive.ts';
import { enterSettlement } from '../server/domain/settlements/enter.ts';
import { readOverview } from '../server/domain/settlements/lists.ts';
import { rupiah } from '../server/protocol/money.ts';
import type { OfflineRequest } from '../server/protocol/offline.ts';
import {
  expectBalancedBooks,
  liveCampaign,
  openHouse,
  person,
  pledged,
  type TestHouse,
} from './support/house.ts';
import { said } from './support/notices.ts';
import { brokenBy, refusalOf } from './support/refused.ts';

describe('gifts that came past every gateway', () => {
  let house: TestHouse;
  /** One for all: a worker for each campaign would be most of the tests' time. */
  let rendering: Stories;
  let receive: Receive;
  let dewi: Awaited<ReturnType<typeof person>>;
  let eko: Awaited<ReturnType<typeof person>>;
  let auditor: Awaited<ReturnType<typeof person>>;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;

  before(async () => {
    house = await openHouse();
    rendering = stories();
    receive = receiver({ db: house.db, bus: house.bus, ask: () => {} }).receive;
    dewi = await person(house.db, 'Dewi', 'finance');
    eko = await person(house.db, 'Eko', 'finance');
    auditor = await person(house.db, 'Fitri', 'auditor');
  });
  after(async () => {
    await rendering.close();
    await house.close();
  });
  beforeEach(async () => {
    campaign = await campaignOf({ goal: 1_000_000 });
    // The bus delivers in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    house.heard.length = 0;
  });
  afterEach(() => expectBalancedBooks(house.db));

  const now = (): Date => new Date();
  const campaignOf = (more: Parameters<typeof liveCampaign>[1] = {}) =>
    liveCampaign({ ...house, stories: rendering }, more);
  const today = (): string => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
  const at = () => ({ db: house.db, bus: house.bus, now });
  const requestOf = (more: Partial<OfflineRequest> = {}): OfflineRequest => ({
    gift: rupiah(250_000),
    way: 'bank_transfer',
    receivedOn: today(),
    proof: 'BCA statement of November, line 17',
    ...more,
  });
  const enter = (more: Partial<OfflineRequest> = {}, user = dewi, campaignId = campaign.id) =>
    enterOffline(at(), user, { donationId: uuidv7(), campaignId, request: requestOf(more) });
  const totals = () =>
    house.db.one<{ raised_minor: bigint; tips_minor: bigint; donor_count: number }>(
      'select * from sk.campaign_totals where campaign_id = $1',
      campaign.id,
    );
  const balanceOf = async (code: string): Promise<bigint> => {
    const row = await house.db.one<{ sum: bigint }>(
      `select coalesce(sum(case when (p.side = 'D') = (a.type in ('asset', 'expense')) then p.amount_minor else -p.amount_minor end), 0) as sum
       from sk.accounts a left join sk.postings p on p.account_id = a.id where a.code = $1`,
      code,
    );
    return row.sum;
  };
  const typesOn = (feed: string): string[] =>
    house.heard.filter((news) => news.feed === feed).flatMap(({ events }) => events.map(({ type }) => type));
  const viewOf = (donationId: string) =>
    acting(house.db, 'system', 'test', (tx) => tx.donations.view(donationId));

  it('count once a second person has seen the proof, and are told to every page as any gift', async () => {
    const [bank, tips] = [await balanceOf('bank:main'), await balanceOf('tip_income')];
    const entered = await enter({ tip: rupiah(10_000), donor: { name: 'Ibu Ratna' } });
    expect(entered).to.include({ status: 'entered', decidedAt: null, way: 'bank_transfer', note: '' });
    expect(await totals()).to.include({ raised_minor: 0n, donor_count: 0 });
    expect(typesOn(`campaign:${campaign.id}`)).to.deep.equal([]);
    expect((await readOverview(house.db, auditor)).counts.offlineEntered).to.equal(1);

    const approved = await approveOffline(at(), eko, entered.donationId, { note: 'seen' });
    expect(approved).to.include({ status: 'approved', note: 'seen' });
    expect(await totals()).to.include({ raised_minor: 250_000n, tips_minor: 10_000n, donor_count: 1 });
    expect((await balanceOf('bank:main')) - bank).to.equal(260_000n);
    expect((await balanceOf('tip_income')) - tips).to.equal(10_000n);
    expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(250_000n);

    expect(typesOn(`campaign:${campaign.id}`)).to.deep.equal(['donation.received', 'campaign.milestone']);
    expect(typesOn(`owner:${campaign.id}`)).to.deep.equal(['donation.received']);
    expect(typesOn(`donation:${entered.donationId}`)).to.deep.equal(['donation.paid']);
    expect(typesOn('finance')).to.deep.equal(['offline.changed', 'offline.changed']);
    const [wall] = await house.db.donations.wall({ campaignId: campaign.id, after: null, limit: 10 });
    expect(wall).to.include({ public_name: 'Ibu Ratna', gift_minor: 250_000n });
    const view = await viewOf(entered.donationId);
    expect(view).to.include({ status: 'paid' });
    expect(view?.payment).to.include({ gateway: 'offline', method: 'bank_transfer', status: 'paid' });
    const receipt = await acting(house.db, 'system', 'test', (tx) =>
      tx.donations.receipt(entered.donationId),
    );
    expect(receipt?.reference).to.match(/^SK[0-9A-Z]{25}$/);
    expect((await readOverview(house.db, auditor)).counts.offlineEntered).to.equal(0);
  });

  it('lie in the cash box when they were cash, nameless when the donor wished so', async () => {
    const cash = await balanceOf('cash:main');
    const { donationId } = await enter({ way: 'cash', donor: { name: 'Pak Hasan', anonymous: true } });
    await approveOffline(at(), eko, donationId, {});
    expect((await balanceOf('cash:main')) - cash).to.equal(250_000n);
    const [wall] = await house.db.donations.wall({ campaignId: campaign.id, after: null, limit: 10 });
    expect(wall?.public_name).to.equal(null);
    expect(JSON.stringify(house.heard)).not.to.include('Hasan');
  });

  it('are certain at once: the money is here', async () => {
    const { donationId } = await enter();
    await approveOffline(at(), eko, donationId, {});
    const money = await house.db.one<{ settled_minor: bigint }>(
      'select * from sk.campaign_money where campaign_id = $1',
      campaign.id,
    );
    expect(money.settled_minor).to.equal(250_000n);
  });

  it('pay first what the campaign owes', async () => {
    const gift = await pledged(house, campaign.id, { amount: 10_000, tip: rupiah(90_000) });
    await receive([said(house, gift)]);
    await enterSettlement({ ...at(), platformFeeBp: 0 }, dewi, {
      id: uuidv7(),
      request: {
        gateway: 'midtrans',
        bankReference: uuidv7(),
        settledOn: today(),
        references: [gift.reference],
        amount: rupiah(70_000),
        fee: rupiah(30_000),
        vat: rupiah(0),
      },
    });
    expect(await balanceOf(`campaign_receivable:${campaign.id}`)).to.equal(20_000n);
    const { donationId } = await enter();
    await approveOffline(at(), eko, donationId, {});
    expect(await balanceOf(`campaign_receivable:${campaign.id}`)).to.equal(0n);
    expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(230_000n);
  });

  it('come to nothing when the second person says no, with a reason', async () => {
    const { donationId } = await enter();
    const rejected = await rejectOffline(at(), eko, donationId, { note: 'the line is of another account' });
    expect(rejected).to.include({ status: 'rejected', note: 'the line is of another account' });
    expect(await viewOf(donationId)).to.include({ status: 'cancelled' });
    expect(await totals()).to.include({ raised_minor: 0n, donor_count: 0 });
    expect(typesOn(`campaign:${campaign.id}`)).to.deep.equal([]);
    expect(await refusalOf(approveOffline(at(), eko, donationId, {}))).to.include({ code: 'wrong-state' });
  });

  it('are decided once, by finance, and never by who entered them', async () => {
    const { donationId } = await enter();
    const note = 'x';
    expect(await refusalOf(approveOffline(at(), dewi, donationId, {}))).to.include({ code: 'own-approval' });
    expect(await refusalOf(rejectOffline(at(), dewi, donationId, { note }))).to.include({
      code: 'own-approval',
    });
    for (const user of [auditor, campaign.owner, campaign.moderator]) {
      expect(await refusalOf(approveOffline(at(), user, donationId, {}))).to.include({ code: 'forbidden' });
      expect(await refusalOf(rejectOffline(at(), user, donationId, { note }))).to.include({
        code: 'forbidden',
      });
    }
    expect(await refusalOf(approveOffline(at(), eko, uuidv7(), {}))).to.include({ code: 'not-found' });
    expect(await totals()).to.include({ raised_minor: 0n });

    const ends = await Promise.all(
      [1, 2, 3, 4].map(() =>
        approveOffline(at(), eko, donationId, {}).then(
          () => 'approved',
          (error: { code?: string }) => error.code,
        ),
      ),
    );
    expect(ends.sort()).to.deep.equal(['approved', 'wrong-state', 'wrong-state', 'wrong-state']);
    expect(await totals()).to.include({ raised_minor: 250_000n, donor_count: 1 });
    expect(await refusalOf(rejectOffline(at(), eko, donationId, { note }))).to.include({
      code: 'wrong-state',
    });
  });

  it('take two people whatever the code above forgets', async () => {
    const { donationId } = await enter();
    const forced = acting(house.db, 'system', 'test', (tx) =>
      tx.none(
        "update sk.offline_gifts set status = 'approved', decided_by = entered_by, decided_at = now() where donation_id = $1",
        donationId,
      ),
    );
    expect(await brokenBy(forced)).to.equal('two_people');
    // Whoever acts for no system sees none of them.
    expect(await house.db.any('select * from sk.offline_gifts')).to.deep.equal([]);
    const swapped = acting(house.db, 'system', 'test', (tx) =>
      tx.none('update sk.offline_gifts set entered_by = $2 where donation_id = $1', [donationId, eko.userId]),
    );
    expect(await brokenBy(swapped)).to.equal('42501');
  });

  it('are not entered for what is not public, for days to come, or by people who are not finance', async () => {
    const draft = await create({ db: house.db, bus: house.bus, now, stories: rendering }, campaign.owner, {
      title: 'Perpustakaan di atas perahu',
      story: 'Buku-buku menyeberang ke pulau yang tidak punya perpustakaan.',
      category: 'pendidikan',
      goal: rupiah(1_000_000),
      endsOn: new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10),
      timezone: 'Asia/Jakarta',
      beneficiary: 'Warga Pulau Lerwain',
    });
    expect(await refusalOf(enter({}, dewi, draft))).to.include({ code: 'not-open' });
    expect(await refusalOf(enter({}, dewi, uuidv7()))).to.include({ code: 'not-found' });
    expect(await refusalOf(enter({ receivedOn: '2099-01-01' }))).to.include({ code: 'invalid-input' });
    expect(await refusalOf(enter({ donor: { name: 'wa.me/62812345678' } }))).to.include({
      code: 'invalid-input',
    });
    for (const user of [auditor, campaign.owner]) {
      expect(await refusalOf(enter({}, user))).to.include({ code: 'forbidden' });
    }
  });

  it('are the same one when a call that was cut off is made again', async () => {
    const asked = { donationId: uuidv7(), campaignId: campaign.id, request: requestOf() };
    const first = await enterOffline(at(), dewi, asked);
    expect(await enterOffline(at(), dewi, asked)).to.deep.equal(first);
  });

  it('stand in a list, newest first, page by page and by what became of them', async () => {
    const [one, two] = [await enter(), await enter()];
    const first = await listOffline(house.db, auditor, { limit: 1, status: 'entered' });
    expect(first.items).to.deep.equal([two]);
    const next = await listOffline(house.db, auditor, {
      limit: 1,
      status: 'entered',
      cursor: first.nextCursor ?? '',
    });
    expect(next.items).to.deep.equal([one]);
    const approved = await listOffline(house.db, dewi, { limit: 100, status: 'approved' });
    expect(new Set(approved.items.map(({ status }) => status))).to.deep.equal(new Set(['approved']));
    expect(await refusalOf(listOffline(house.db, campaign.owner, { limit: 1 }))).to.include({
      code: 'forbidden',
    });
  });
});
