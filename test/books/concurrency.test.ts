import assert from 'node:assert/strict';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type Bus, inProcessBus } from '../../server/bus.ts';
import { acting, closeDb, type Db, openDb } from '../../server/db/open.ts';
import { stories } from '../../server/domain/campaigns/stories.ts';
import { pledge } from '../../server/domain/donations/pledge.ts';
import { type Receive, receiver } from '../../server/domain/donations/receive.ts';
import { GatewayFault, type Notice, type Outcome, type Word } from '../../server/domain/gateways/gateway.ts';
import { approvePayout, confirmByHand, rejectPayout } from '../../server/domain/payouts/decide.ts';
import { hearPayouts } from '../../server/domain/payouts/hear.ts';
import { payBack } from '../../server/domain/payouts/pay-back.ts';
import { requestPayout } from '../../server/domain/payouts/request.ts';
import { refund } from '../../server/domain/refunds/refund.ts';
import { Refusal } from '../../server/domain/refusal.ts';
import { enterSettlement } from '../../server/domain/settlements/enter.ts';
import { rupiah } from '../../server/protocol/money.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { expectBalancedBooks, liveCampaign, person } from '../support/house.ts';
import { historysGateway } from './gateway.ts';

const GIFT = 50_000;
const TIP = 1_000;
const GIFTS = 12;
/** PostgreSQL's words for a lost race between two transactions: retried inside, and no caller's business. */
const LOST_RACES = ['40P01', '40001'];
/** Waited too long for a lock, on a machine that is busy with something else: whoever is told so comes again. */
const LOCK_NOT_AVAILABLE = '55P03';
const COMES_AGAIN_MAX = 20;

type Server = { db: Db; bus: Bus; receive: Receive };
type Gift = { donationId: string; reference: string; amountMinor: bigint };

/**
 * One campaign, everything at once, from two servers with a pool each. Who may not have the money is refused with a
 * code; nobody hears of a lost race; and what was answered is, to the rupiah, what the books say.
 */
describe('a campaign whose money many want at once', () => {
  let database: FreshDatabase;
  let servers: [Server, Server];
  let finance: Awaited<ReturnType<typeof person>>[];
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let account: string;
  let faults: unknown[];
  const { gateway, orderOf } = historysGateway();
  const gateways = { midtrans: gateway };
  const now = (): Date => new Date();
  const onFault = (fault: unknown): void => void faults.push(fault);
  const rendering = stories();

  before(async () => {
    database = await freshDatabase();
    // Sooner than a lock is given up, so that a deadlock is seen for what it is.
    const admin = openDb({ url: database.adminUrl, max: 1, name: 'admin' });
    await admin.none(
      `alter database ${new URL(database.adminUrl).pathname.slice(1)} set deadlock_timeout = '20ms'`,
    );
    await closeDb(admin);
    const serve = (n: number): Server => {
      const db = openDb({ url: database.appUrl, max: 8, name: `server-${n}` });
      const bus = inProcessBus({ onFault });
      return { db, bus, receive: receiver({ db, bus, ask: () => {}, onFault, batchMax: 7 }).receive };
    };
    servers = [serve(1), serve(2)];
    const [{ db }] = servers;
    finance = await Promise.all(['Dewi', 'Fajar', 'Gita'].map((name) => person(db, name, 'finance')));
  });
  beforeEach(async () => {
    faults = [];
    const [{ db, bus }] = servers;
    campaign = await liveCampaign({ db, bus, stories: rendering });
    account = uuidv7();
    await acting(db, 'system', 'test.account', (tx) =>
      tx.bankAccounts.insert({
        id: account,
        campaignId: campaign.id,
        bank: 'bca',
        number: '1234567890',
        holder: 'YAYASAN',
        addedBy: campaign.owner.userId,
        now: now(),
        usableFrom: now(),
      }),
    );
  });
  after(async () => {
    await rendering.close();
    for (const { db } of servers) await closeDb(db);
    // Where all lock in one order, nobody ever waits for each other in a circle, not even to be run again.
    const admin = openDb({ url: database.adminUrl, max: 1, name: 'admin' });
    const { deadlocks } = await admin.one<{ deadlocks: bigint }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    await closeDb(admin);
    await database.drop();
    expect(deadlocks, 'deadlocks').to.equal(0n);
  });
  afterEach(() => expectBalancedBooks(servers[0].db));

  const either = (nth: number): Server => servers[nth % 2 === 0 ? 0 : 1];
  const codeOf = (error: unknown): unknown =>
    typeof error === 'object' && error !== null && 'code' in error ? error.code : null;

  /** What came of it, or the code of a refusal. Whoever is asked to come again does. */
  async function tried<T>(deed: () => Promise<T>): Promise<{ done: T } | { refused: string }> {
    for (let nth = 1; ; nth++) {
      try {
        return { done: await deed() };
      } catch (error) {
        const again = codeOf(error) === LOCK_NOT_AVAILABLE || codeOf(error) === 'unavailable';
        if (again && nth < COMES_AGAIN_MAX) continue;
        if (error instanceof Refusal) return { refused: error.code };
        throw error;
      }
    }
  }
  const refusals = (results: ({ done: unknown } | { refused: string })[]): string[] =>
    [...new Set(results.flatMap((one) => ('refused' in one ? [one.refused] : [])))].sort();

  async function pledged(nth: number): Promise<Gift> {
    const { db, bus } = either(nth);
    const donationId = uuidv7();
    await pledge(
      {
        db,
        bus,
        gateways,
        now,
        onFault,
        judge: async () => ({ decision: 'allow', reasons: [] }),
        pageOf: (id) => `http://127.0.0.1/${id}`,
      },
      {
        donationId,
        campaignId: campaign.id,
        request: { gift: rupiah(GIFT), tip: rupiah(TIP), method: 'qris' },
        principal: { kind: 'guest' },
        caller: { address: '192.0.2.7', network: '192.0.2.7/32', device: null },
      },
    );
    const payment = await db.payments.latestOf(donationId);
    assert(payment);
    return { donationId, reference: payment.reference, amountMinor: payment.amount_minor };
  }
  async function gifts(count: number): Promise<Gift[]> {
    const all: Gift[] = [];
    while (all.length < count) all.push(await pledged(all.length));
    return all;
  }
  const noticeOf = (word: Word): Notice => ({
    gateway: 'midtrans',
    dedupeKey: uuidv7(),
    rawBody: Buffer.from('x'),
    ...word,
  });
  const paidOf = ({ reference, amountMinor }: Gift): Notice => {
    orderOf(reference).isPaid = true;
    const word = {
      reference,
      status: 'paid' as const,
      amountMinor,
      currency: 'IDR',
      transactionId: null,
      at: now(),
    };
    return noticeOf({ kind: 'payment', word });
  };
  const takenOf = ({ reference }: Gift, amountMinor: bigint): Notice => {
    orderOf(reference).taken += amountMinor;
    return noticeOf({ kind: 'dispute', word: { reference, key: uuidv7(), amountMinor, at: now() } });
  };
  /** Both servers hear all of it; of each notice one of them books it, and the other has heard it before. */
  async function tellBoth(notices: Notice[]): Promise<Outcome[]> {
    const outcomes = await Promise.all(
      notices.flatMap((notice) =>
        servers.map(async ({ receive }) => {
          const heard = await tried(() => receive([notice]));
          return 'done' in heard ? heard.done : [];
        }),
      ),
    );
    return outcomes.flat();
  }
  const count = (outcomes: Outcome[], outcome: Outcome): number =>
    outcomes.filter((one) => one === outcome).length;

  /** Gifts that are paid and settled, so that their money may be paid out. */
  async function settled(): Promise<Gift[]> {
    const all = await gifts(GIFTS);
    await tellBoth(all.map(paidOf));
    const [{ db, bus }] = servers;
    const [anna] = finance;
    assert(anna);
    await enterSettlement({ db, bus, now, platformFeeBp: 0 }, anna, {
      id: uuidv7(),
      request: {
        gateway: 'midtrans',
        bankReference: uuidv7(),
        settledOn: '2026-11-01',
        fee: rupiah(0),
        vat: rupiah(0),
        amount: rupiah(all.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)),
        references: all.map(({ reference }) => reference),
      },
    });
    return all;
  }

  const refunding = (all: Gift[], each: number, amount: number) =>
    Promise.all(
      all.flatMap(({ donationId }) =>
        Array.from({ length: each }, (_, nth) => {
          const { db, bus, receive } = either(nth);
          const id = uuidv7();
          const [anna] = finance;
          assert(anna);
          const request = { gift: rupiah(amount), reason: 'x' };
          return tried(() =>
            refund({ db, bus, receive, gateways, now, onFault }, anna, { id, donationId, request }),
          );
        }),
      ),
    );
  const doneOf = (results: Awaited<ReturnType<typeof refunding>>): number =>
    results.filter((one) => 'done' in one && one.done.status === 'done').length;

  const payoutHouse = ({ db, bus }: Server) => ({
    db,
    bus,
    now,
    onFault,
    payoutGateway: null,
    hear: async () => [],
  });
  const asking = (each: number, amount: number) =>
    Promise.all(
      Array.from({ length: each }, (_, nth) => {
        const id = uuidv7();
        const request = { amount: rupiah(amount), bankAccountId: account };
        return tried(() =>
          requestPayout(payoutHouse(either(nth)), campaign.owner, {
            id,
            campaignId: campaign.id,
            request,
          }),
        );
      }),
    );
  /** Everybody decides at once: some approve, some reject, and all of them say that it was paid. */
  const deciding = (id: string) =>
    Promise.all(
      [...finance, ...finance].map(async (user, nth) => {
        const house = payoutHouse(either(nth));
        const asked = { id, note: 'x' };
        await tried(() => (nth % 3 === 2 ? rejectPayout : approvePayout)(house, user, asked));
        return tried(() => confirmByHand(house, user, { id, bankReference: `TRF-${id}` }));
      }),
    );

  async function books() {
    const [{ db }] = servers;
    const row = await db.payouts.money(campaign.id);
    const totals = await db.campaigns.state(campaign.id);
    return {
      raised: Number(row.raised_minor),
      refunded: Number(row.refunded_minor),
      refunding: Number(row.refunding_minor),
      clawedBack: Number(row.clawed_back_minor),
      donors: totals?.donor_count,
      paidOut: Number(row.paid_out_minor),
      pending: Number(row.pending_minor),
      // Less what it owes: there is never both.
      has: Number(row.payable_minor) - Number(row.receivable_minor),
    };
  }
  function expectNoLostRace(): void {
    expect(faults.map(codeOf).filter((code) => LOST_RACES.includes(String(code)))).to.deep.equal([]);
    // That a gateway gives back no more than it has is no fault of ours.
    const ours = faults.filter((fault) => !(fault instanceof GatewayFault));
    expect(ours.filter((fault) => codeOf(fault) !== LOCK_NOT_AVAILABLE)).to.deep.equal([]);
  }

  it('gives each gift back as far as it reaches, whoever asks', async () => {
    const all = await settled();
    const answers = await refunding(all, 4, 20_000);
    expect(doneOf(answers)).to.equal(2 * GIFTS);
    expect(refusals(answers)).to.deep.equal(['over-limit']);
    expect(await books()).to.include({ raised: GIFTS * 10_000, refunded: GIFTS * 40_000, refunding: 0 });
    expectNoLostRace();
  });

  it('pays out once of many askings, and never more than there is', async () => {
    await settled();
    const answers = await asking(10, GIFTS * GIFT);
    expect(answers.filter((one) => 'done' in one)).to.have.length(1);
    expect(refusals(answers)).to.deep.equal(['conflict']);
    const [payout] = answers.flatMap((one) => ('done' in one ? [one.done] : []));
    assert(payout);
    await deciding(payout.id);
    const { paidOut, pending, has } = await books();
    // Rejected in time, or paid: nothing in between.
    expect([paidOut + has, pending]).to.deep.equal([GIFTS * GIFT, 0]);
    expectNoLostRace();
  });

  it('pays out or gives back, and the same rupiah never twice', async () => {
    const all = await settled();
    const [refunded, payouts] = await Promise.all([refunding(all, 1, GIFT), asking(6, (GIFTS * GIFT) / 2)]);
    expect(refusals([...refunded, ...payouts])).to.satisfy((codes: string[]) =>
      codes.every((code) => code === 'over-limit' || code === 'conflict'),
    );
    const back = doneOf(refunded) * GIFT;
    const asked = payouts.filter((one) => 'done' in one).length * ((GIFTS * GIFT) / 2);
    expect(await books()).to.include({
      raised: GIFTS * GIFT - back,
      donors: GIFTS - doneOf(refunded),
      refunded: back,
      refunding: 0,
      pending: asked,
      has: GIFTS * GIFT - back - asked,
    });
    expectNoLostRace();
  });

  it('gives back by payout or through the gateway, and no gift beyond what it was', async () => {
    const all = await settled();
    const payoutGateway = {
      banks: async () => [{ code: 'bca', name: 'Bank Central Asia' }],
      holderOf: async () => 'AYU LESTARI',
    };
    const payingBack = Promise.all(
      all.flatMap(({ donationId }) =>
        [1, 2].map((nth) => {
          const [anna] = finance;
          assert(anna);
          const house = { ...either(nth), gateways, payoutGateway, now };
          const account = { bank: 'bca', number: '1234567890' };
          const request = { gift: rupiah(20_000), reason: 'x', byPayout: account };
          const id = uuidv7();
          return tried(() => payBack(house, anna, { id, donationId, request, account }));
        }),
      ),
    );
    const [refunded, asked] = await Promise.all([refunding(all, 2, 20_000), payingBack]);
    expect(refusals([...refunded, ...asked])).to.deep.equal(['over-limit']);
    const open = asked.flatMap((one) => ('done' in one ? [one.done] : []));
    expect(doneOf(refunded) + open.length).to.equal(2 * GIFTS);
    expect(await books()).to.include({
      refunding: open.length * 20_000,
      refunded: doneOf(refunded) * 20_000,
    });

    // Now others decide about each, some yes and no at once, while what is left goes back and new gifts come.
    const fresh = await gifts(GIFTS);
    const [, others, third] = finance;
    assert(others && third);
    const [{ db }] = servers;
    const keys = new Map(
      await acting(db, 'system', 'test.keys', async (tx) =>
        Promise.all(open.map(async ({ id }) => [id, (await tx.payouts.find(id))?.key ?? ''] as const)),
      ),
    );
    const arrives = ({ id }: { id: string }, server: Server) => {
      const word = {
        gatewayReference: `there-${id}`,
        key: keys.get(id) ?? '',
        status: 'completed' as const,
        amountMinor: 20_000n,
        at: now(),
        reason: null,
      };
      const notice = {
        gateway: 'iris',
        kind: 'payout' as const,
        dedupeKey: id,
        rawBody: Buffer.from('x'),
        word,
      };
      return tried(() => hearPayouts(payoutHouse(server), [notice]));
    };
    const [rest] = await Promise.all([
      refunding(all, 1, 10_000),
      tellBoth(fresh.map(paidOf)),
      asking(2, 50_000),
      ...open.map(async (one, nth) => {
        const deeds = [approvePayout, rejectPayout].map((deed, n) =>
          tried(() => deed(payoutHouse(either(n)), n === 0 ? others : third, { id: one.id, note: 'x' })),
        );
        if (nth % 3 === 0) await Promise.all(deeds);
        else await deeds[0];
        await Promise.all(servers.map((server) => arrives(one, server)));
        await deeds[1];
      }),
    ]);
    const rows = await db.any<{ status: string }>(
      `select status from sk.refunds where made_at = 'payout' and status <> 'requested' and campaign_id = $1`,
      campaign.id,
    );
    expect(rows).to.have.length(open.length);
    // A payout may have come first, before new gifts did.
    expect(refusals(rest)).to.satisfy((codes: string[]) => codes.every((code) => code === 'over-limit'));
    const back =
      (doneOf(refunded) + rows.filter(({ status }) => status === 'done').length) * 20_000 +
      doneOf(rest) * 10_000;
    const { has, pending, ...money } = await books();
    expect(money).to.include({ refunding: 0, refunded: back, raised: 2 * GIFTS * GIFT - back, paidOut: 0 });
    expect(has + pending).to.equal(2 * GIFTS * GIFT - back);
    expectNoLostRace();
  });

  it('owes what a bank takes of it while it is paid out', async () => {
    const all = await settled();
    const [outcomes, payouts] = await Promise.all([
      tellBoth(all.map((gift) => takenOf(gift, 30_000n))),
      asking(6, GIFTS * GIFT),
    ]);
    expect(count(outcomes, 'booked')).to.equal(GIFTS);
    const asked = payouts.filter((one) => 'done' in one).length * GIFTS * GIFT;
    expect(await books()).to.include({
      raised: GIFTS * 20_000,
      clawedBack: GIFTS * 30_000,
      pending: asked,
      has: GIFTS * 20_000 - asked,
    });
    expectNoLostRace();
  });

  it('is exact when all of it happens while it is on television', async () => {
    const all = await settled();
    const fresh = await gifts(2 * GIFTS);
    const [paid, taken, refunded, payouts] = await Promise.all([
      tellBoth(fresh.map(paidOf)),
      tellBoth(all.map((gift) => takenOf(gift, 10_000n))),
      refunding(all, 2, 20_000),
      (async () => {
        const answers = await asking(4, 100_000);
        const [payout] = answers.flatMap((one) => ('done' in one ? [one.done] : []));
        if (payout) await deciding(payout.id);
        return answers;
      })(),
    ]);
    expect(count(paid, 'booked')).to.equal(fresh.length);
    expect(refusals([...refunded, ...payouts])).to.satisfy((codes: string[]) =>
      codes.every((code) => code === 'over-limit' || code === 'conflict'),
    );
    const back = doneOf(refunded) * 20_000;
    const gone = all.filter((_, nth) => doneOf(refunded.slice(2 * nth, 2 * nth + 2)) === 2);
    const lost = count(taken, 'booked') * 10_000;
    const raised = (all.length + fresh.length) * GIFT - back - lost;
    const { paidOut, pending, ...money } = await books();
    expect(money).to.deep.equal({
      raised,
      donors: all.length + fresh.length - gone.length,
      refunded: back,
      refunding: 0,
      clawedBack: lost,
      has: raised - paidOut - pending,
    });
    expectNoLostRace();
  });
});
