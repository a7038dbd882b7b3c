import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { type Stories, stories } from '../server/domain/campaigns/stories.ts';
import { type Receive, receiver } from '../server/domain/donations/receive.ts';
import type { Notice } from '../server/domain/gateways/gateway.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { arrive } from '../server/domain/settlements/arrive.ts';
import { correctSettlement } from '../server/domain/settlements/correct.ts';
import { enterSettlement } from '../server/domain/settlements/enter.ts';
import {
  listSettlements,
  listSuspense,
  listUnsettled,
  readOverview,
} from '../server/domain/settlements/lists.ts';
import { shareOut } from '../server/domain/settlements/share-out.ts';
import { rupiah } from '../server/protocol/money.ts';
import type { SettlementRequest } from '../server/protocol/settlements.ts';
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

type Gift = Awaited<ReturnType<typeof pledged>>;

describe('settlements', () => {
  let house: TestHouse;
  /** One for all: a worker for each campaign would be most of the tests' time. */
  let rendering: Stories;
  let receive: Receive;
  let dewi: Awaited<ReturnType<typeof person>>;
  let eko: Awaited<ReturnType<typeof person>>;
  let auditor: Awaited<ReturnType<typeof person>>;
  let platformFeeBp = 0;

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
  beforeEach(() => {
    platformFeeBp = 0;
  });
  afterEach(() => expectBalancedBooks(house.db));

  const now = (): Date => new Date();
  const campaignOf = (more: Parameters<typeof liveCampaign>[1] = {}) =>
    liveCampaign({ ...house, stories: rendering }, more);
  const at = () => ({ db: house.db, bus: house.bus, platformFeeBp, now });
  const today = (): string => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);

  async function paid(campaignId: string, amount: number, tip = 0): Promise<Gift> {
    const gift = await pledged(house, campaignId, { amount, ...(tip > 0 ? { tip: rupiah(tip) } : {}) });
    expect(await receive([said(house, gift)])).to.deep.equal(['booked']);
    return gift;
  }
  const refunded = async (gift: Gift, amountMinor: bigint): Promise<void> => {
    const notice: Notice = {
      gateway: 'midtrans',
      dedupeKey: randomBytes(8).toString('hex'),
      rawBody: Buffer.from('{}'),
      kind: 'refund',
      word: {
        reference: gift.reference,
        refunds: [{ key: randomBytes(6).toString('hex'), amountMinor, at: now() }],
      },
    };
    expect(await receive([notice])).to.deep.equal(['booked']);
  };

  const requestOf = (
    gifts: Gift[],
    {
      amount,
      fee = 0,
      vat = 0,
      ...more
    }: Partial<Omit<SettlementRequest, 'amount' | 'fee' | 'vat'>> & {
      amount: number;
      fee?: number;
      vat?: number;
    },
  ): SettlementRequest => ({
    gateway: 'midtrans',
    bankReference: `MT-${randomBytes(6).toString('hex')}`,
    settledOn: today(),
    references: gifts.map((gift) => gift.reference),
    amount: rupiah(amount),
    fee: rupiah(fee),
    vat: rupiah(vat),
    ...more,
  });
  const enter = (gifts: Gift[], of: Parameters<typeof requestOf>[1], user = dewi) =>
    enterSettlement(at(), user, { id: uuidv7(), request: requestOf(gifts, of) });

  const balanceOf = async (code: string): Promise<bigint> => {
    const row = await house.db.one<{ sum: bigint }>(
      `select coalesce(sum(case when (p.side = 'D') = (a.type in ('asset', 'expense')) then p.amount_minor else -p.amount_minor end), 0) as sum
       from sk.accounts a left join sk.postings p on p.account_id = a.id where a.code = $1`,
      code,
    );
    return row.sum;
  };
  const moneyOf = (campaignId: string) =>
    house.db.one<{ settled_minor: bigint; fees_minor: bigint; refunded_minor: bigint }>(
      'select * from sk.campaign_money where campaign_id = $1',
      campaignId,
    );
  const paymentOf = (gift: Gift) =>
    house.db.one<{ fee_minor: bigint | null; covered_minor: bigint; settlement_id: string | null }>(
      'select * from sk.payments where reference = $1',
      gift.reference,
    );
  describe('sharing a fee', () => {
    it('is exact to the rupiah for whatever was paid, and fair to within one', () => {
      const weights = fc.array(fc.bigInt(1n, 50_000_000n), { minLength: 1, maxLength: 60 });
      fc.assert(
        fc.property(weights, fc.bigInt(0n, 10_000_000_000n), (minors, amountMinor) => {
          const among = minors.map((weightMinor, index) => ({ id: String(index), weightMinor }));
          const whole = minors.reduce((sum, one) => sum + one, 0n);
          const shares = shareOut(amountMinor, among);
          const exact = [...shares.values()].reduce((sum, one) => sum + one, 0n) === amountMinor;
          const fair = among.every(({ id, weightMinor }) => {
            const over = (shares.get(id) ?? -1n) - (amountMinor * weightMinor) / whole;
            return over === 0n || over === 1n;
          });
          return exact && fair;
        }),
        { numRuns: 2_000 },
      );
    });

    it('gives what is left over to the largest remainders, and among equals by id', () => {
      const among = ['c', 'a', 'b'].map((id) => ({ id, weightMinor: 1n }));
      expect(shareOut(2n, among)).to.deep.equal(
        new Map([
          ['c', 0n],
          ['a', 1n],
          ['b', 1n],
        ]),
      );
      expect(
        shareOut(10n, [
          { id: 'a', weightMinor: 1n },
          { id: 'b', weightMinor: 6n },
        ]),
      ).to.deep.equal(
        new Map([
          ['a', 1n],
          ['b', 9n],
        ]),
      );
      expect(shareOut(5n, [])).to.deep.equal(new Map());
    });
  });

  it('empty the clearing of each payment, and each campaign bears the fees of its own gifts', async () => {
    const [one, other] = [await campaignOf(), await campaignOf()];
    const gifts = [
      await paid(one.id, 100_000, 5_000),
      await paid(one.id, 50_000),
      await paid(other.id, 33_333),
    ];
    const before = await balanceOf('gateway_balance:midtrans');
    const settlement = await enter(gifts, { amount: 184_903, fee: 3_000, vat: 430 });
    expect(settlement).to.include({ status: 'entered', payments: 3, arrivedOn: null, correctedAt: null });
    expect(settlement.gross).to.deep.equal(rupiah(188_333));
    expect(settlement.net).to.deep.equal(rupiah(184_903));

    const fees = (await Promise.all(gifts.map(paymentOf))).map((row) => row.fee_minor);
    // 3,430 over 105,000, 50,000 and 33,333: 1912.29, 910.62 and 607.08.
    expect(fees).to.deep.equal([1_912n, 911n, 607n]);
    expect((await balanceOf('gateway_balance:midtrans')) - before).to.equal(184_903n);
    expect(await moneyOf(one.id)).to.include({ settled_minor: 150_000n, fees_minor: 2_823n });
    expect(await moneyOf(other.id)).to.include({ settled_minor: 33_333n, fees_minor: 607n });
    expect(await balanceOf(`campaign_payable:${one.id}`)).to.equal(147_177n);
    expect((await paymentOf(gifts[0] as Gift)).settlement_id).to.equal(settlement.id);
    const news = house.heard.filter(({ feed }) => feed === 'finance').at(-1)?.events[0];
    expect(news).to.deep.include({
      type: 'settlement.changed',
      data: { id: settlement.id, gateway: 'midtrans', status: 'entered' },
    });
  });

  it('keep what the platform keeps of the gifts, where it keeps something', async () => {
    const campaign = await campaignOf();
    const gift = await paid(campaign.id, 100_001, 10_000);
    platformFeeBp = 250;
    await enter([gift], { amount: 109_001, fee: 1_000 });
    expect(await moneyOf(campaign.id)).to.include({ settled_minor: 100_001n, fees_minor: 3_500n });
    expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(96_501n);
  });

  it('leave the part of a fee to the platform that was for what went back', async () => {
    const campaign = await campaignOf();
    const gift = await paid(campaign.id, 100_000);
    await refunded(gift, 40_000n);
    const covered = await balanceOf('refund_cover');
    await enter([gift], { amount: 59_000, fee: 1_000 });
    expect(await paymentOf(gift)).to.include({ fee_minor: 1_000n, covered_minor: 400n });
    expect((await balanceOf('refund_cover')) - covered).to.equal(400n);
    expect(await moneyOf(campaign.id)).to.include({ settled_minor: 60_000n, fees_minor: 600n });
  });

  it('take in what a gateway keeps back for a refund after it had settled', async () => {
    const campaign = await campaignOf();
    const [gift, later] = [await paid(campaign.id, 100_000), await paid(campaign.id, 70_000)];
    await enter([gift], { amount: 99_000, fee: 1_000 });
    await refunded(gift, 30_000n);
    const open = await listUnsettled(house.db, auditor, { gateway: 'midtrans', limit: 100 });
    const left = open.items.filter(({ reference }) => [gift.reference, later.reference].includes(reference));
    expect(left.map(({ outstanding }) => outstanding.amount)).to.deep.equal([-30_000, 70_000]);
    await enter([gift, later], { amount: 39_300, fee: 700 });
    expect((await paymentOf(gift)).fee_minor).to.equal(1_000n);
    expect((await paymentOf(later)).fee_minor).to.equal(700n);
    expect(await moneyOf(campaign.id)).to.include({ settled_minor: 140_000n });
    const after = await listUnsettled(house.db, auditor, { gateway: 'midtrans', limit: 100 });
    expect(after.items.map(({ reference }) => reference)).not.to.include.members([gift.reference]);
  });

  it('let a campaign owe a fee that is more than it has', async () => {
    const campaign = await campaignOf();
    const gift = await paid(campaign.id, 10_000, 90_000);
    await enter([gift], { amount: 85_000, fee: 15_000 });
    expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(0n);
    expect(await balanceOf(`campaign_receivable:${campaign.id}`)).to.equal(5_000n);
  });

  describe('of money that answers no gift', () => {
    async function twice(campaignId: string): Promise<[Gift, Gift]> {
      const first = await paid(campaignId, 80_000);
      // The same donation, paid by a second attempt that was still open at the gateway.
      const reference = `SKTWICE${randomBytes(6).toString('hex').toUpperCase()}`;
      await house.db.none(
        `insert into sk.payments (id, donation_id, campaign_id, gateway, method, reference, gift_minor, expires_at, status)
         select $1, donation_id, campaign_id, gateway, method, $2, gift_minor, now(), 'pending' from sk.payments where reference = $3`,
        [uuidv7(), reference, first.reference],
      );
      const second = { ...first, reference };
      expect(await receive([said(house, second)])).to.deep.equal(['quarantined']);
      return [first, second];
    }

    it('charge no campaign, and do not make its gifts more certain', async () => {
      const campaign = await campaignOf();
      const [, second] = await twice(campaign.id);
      const covered = await balanceOf('refund_cover');
      await enter([second], { amount: 79_000, fee: 1_000 });
      expect(await paymentOf(second)).to.include({ fee_minor: 1_000n, covered_minor: 1_000n });
      expect((await balanceOf('refund_cover')) - covered).to.equal(1_000n);
      expect(await moneyOf(campaign.id)).to.include({ settled_minor: 0n, fees_minor: 0n });
    });

    it('wait in a list, the oldest first, until they are given back', async () => {
      const campaign = await campaignOf();
      const [, second] = await twice(campaign.id);
      const [, third] = await twice(campaign.id);
      const later = () => new Date(Date.now() + 3 * 86_400_000 + 60_000);
      const all = await listSuspense({ db: house.db, now: later }, auditor, { limit: 100 });
      const references = all.items.map(({ reference }) => reference);
      expect(references.slice(-2)).to.deep.equal([second.reference, third.reference]);
      expect(all.items.at(-1)).to.deep.include({ amount: rupiah(80_000), days: 3, gateway: 'midtrans' });

      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await listSuspense({ db: house.db, now: later }, auditor, {
          limit: 1,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...page.items.map(({ reference }) => reference));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).to.deep.equal(references);
      expect((await readOverview(house.db, auditor)).counts.suspense).to.equal(references.length);

      await refunded(second, 80_000n);
      const left = await listSuspense({ db: house.db, now }, auditor, { limit: 100 });
      expect(left.items.map(({ reference }) => reference)).to.deep.equal(
        references.filter((reference) => reference !== second.reference),
      );
    });
  });

  describe('arrive', () => {
    it('at our bank in a second step, once', async () => {
      const campaign = await campaignOf();
      const settlement = await enter([await paid(campaign.id, 60_000)], { amount: 59_400, fee: 600 });
      const [bank, gateway] = [await balanceOf('bank:main'), await balanceOf('gateway_balance:midtrans')];
      const arrival = { bankReference: 'BCA 2026-11-28/17', arrivedOn: today() };
      const arrived = await arrive(at(), eko, settlement.id, arrival);
      expect(arrived).to.include({ status: 'arrived', arrivedOn: today() });
      expect((await balanceOf('bank:main')) - bank).to.equal(59_400n);
      expect((await balanceOf('gateway_balance:midtrans')) - gateway).to.equal(-59_400n);
      expect(await refusalOf(arrive(at(), dewi, settlement.id, arrival))).to.include({ code: 'wrong-state' });
      expect((await balanceOf('bank:main')) - bank).to.equal(59_400n);
    });

    it('never on a day to come, never unknown, and for finance alone', async () => {
      const campaign = await campaignOf();
      const settlement = await enter([await paid(campaign.id, 60_000)], { amount: 60_000 });
      const arrival = { bankReference: 'BCA', arrivedOn: today() };
      const deed = (user: typeof dewi, id = settlement.id, arrivedOn = today()) =>
        refusalOf(arrive(at(), user, id, { ...arrival, arrivedOn }));
      expect(await deed(dewi, settlement.id, '2099-01-01')).to.include({ code: 'invalid-input' });
      expect(await deed(dewi, uuidv7())).to.include({ code: 'not-found' });
      expect(await deed(auditor)).to.include({ code: 'forbidden' });
    });
  });

  describe('that were entered wrongly', () => {
    it('are taken back by a second person, wholly, and may be entered again under the same number', async () => {
      const campaign = await campaignOf();
      const gifts = [await paid(campaign.id, 100_000), await paid(campaign.id, 20_000)];
      platformFeeBp = 500;
      const of = { amount: 117_000, fee: 3_000, bankReference: `MT-${uuidv7()}` };
      const accounts = [
        'gateway_clearing:midtrans',
        'gateway_balance:midtrans',
        'bank:main',
        'platform_fee_income',
        'refund_cover',
        `campaign_payable:${campaign.id}`,
      ];
      const balances = () => Promise.all(accounts.map(balanceOf));
      const before = await balances();
      const wrong = await enter(gifts, of);
      await arrive(at(), dewi, wrong.id, { bankReference: 'BCA', arrivedOn: today() });
      const corrected = await correctSettlement(at(), eko, wrong.id, { reason: 'the fee was another one' });
      expect(corrected.status).to.equal('corrected');
      expect(await balances()).to.deep.equal(before);
      expect(await moneyOf(campaign.id)).to.include({ settled_minor: 0n, fees_minor: 0n });
      for (const gift of gifts) {
        expect(await paymentOf(gift)).to.include({ fee_minor: null, covered_minor: 0n, settlement_id: null });
      }
      await expectBalancedBooks(house.db);

      const right = await enter(gifts, { ...of, amount: 118_000, fee: 2_000 });
      expect(right.status).to.equal('entered');
      expect(await moneyOf(campaign.id)).to.include({ settled_minor: 120_000n, fees_minor: 8_000n });
    });

    it('leave nothing behind of a fee that was covered by a refund in between', async () => {
      const campaign = await campaignOf();
      const gift = await paid(campaign.id, 100_000);
      const wrong = await enter([gift], { amount: 90_000, fee: 10_000 });
      const covered = await balanceOf('refund_cover');
      await refunded(gift, 50_000n);
      expect((await balanceOf('refund_cover')) - covered).to.equal(5_000n);
      await correctSettlement(at(), eko, wrong.id, { reason: 'ten times the fee' });
      expect(await balanceOf('refund_cover')).to.equal(covered);
      expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(50_000n);
      expect(await moneyOf(campaign.id)).to.include({ settled_minor: 0n });
      await enter([gift], { amount: 49_000, fee: 1_000 });
      expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(49_500n);
      expect((await balanceOf('refund_cover')) - covered).to.equal(500n);
    });

    it('give back what was owed for them also when it has been repaid since', async () => {
      const campaign = await campaignOf();
      const gift = await paid(campaign.id, 10_000, 90_000);
      const wrong = await enter([gift], { amount: 80_000, fee: 20_000 });
      expect(await balanceOf(`campaign_receivable:${campaign.id}`)).to.equal(10_000n);
      await paid(campaign.id, 25_000);
      expect(await balanceOf(`campaign_receivable:${campaign.id}`)).to.equal(0n);
      await correctSettlement(at(), eko, wrong.id, { reason: 'a fee of another gateway' });
      expect(await balanceOf(`campaign_payable:${campaign.id}`)).to.equal(35_000n);
      expect(await balanceOf(`campaign_receivable:${campaign.id}`)).to.equal(0n);
    });

    it('are not corrected twice, nor by who entered them, nor by an auditor', async () => {
      const campaign = await campaignOf();
      const settlement = await enter([await paid(campaign.id, 60_000)], { amount: 60_000 });
      const correct = (user: typeof dewi, id = settlement.id) =>
        correctSettlement(at(), user, id, { reason: 'wrong' });
      expect(await refusalOf(correct(dewi))).to.include({ code: 'own-approval' });
      expect(await refusalOf(correct(auditor))).to.include({ code: 'forbidden' });
      expect(await refusalOf(correct(eko, uuidv7()))).to.include({ code: 'not-found' });
      await correct(eko);
      expect(await refusalOf(correct(eko))).to.include({ code: 'wrong-state' });
      const arrival = { bankReference: 'BCA', arrivedOn: today() };
      expect(await refusalOf(arrive(at(), eko, settlement.id, arrival))).to.include({ code: 'wrong-state' });
    });

    it('take two people whatever the code above forgets', async () => {
      const campaign = await campaignOf();
      const settlement = await enter([await paid(campaign.id, 60_000)], { amount: 60_000 });
      const forced = house.db.none(
        "update sk.settlements set corrected_at = now(), corrected_by = entered_by, correction_reason = 'x' where id = $1",
        settlement.id,
      );
      expect(await brokenBy(forced)).to.equal('two_people');
    });
  });

  describe('are refused, and nothing is written,', () => {
    let campaign: Awaited<ReturnType<typeof liveCampaign>>;
    let gift: Gift;
    before(async () => {
      campaign = await campaignOf();
      gift = await paid(campaign.id, 100_000);
    });
    const written = () => house.db.one('select count(*) as n from sk.settlements');
    let before_: unknown;
    beforeEach(async () => {
      before_ = await written();
    });
    afterEach(async () => {
      expect(await written()).to.deep.equal(before_);
      expect((await paymentOf(gift)).settlement_id).to.equal(null);
    });

    it('unless amount, fee and VAT are what is outstanding: the difference is named', async () => {
      for (const [amount, difference] of [
        [98_999, '-1'],
        [99_001, '1'],
        [-1_000, '-100000'],
      ] as const) {
        const refusal = await refusalOf(enter([gift], { amount, fee: 900, vat: 100 }));
        expect(refusal.code).to.equal('settlement-mismatch');
        expect(refusal.message).to.include(`a difference of Rp${difference}.`);
      }
    });

    it('where a payment has nothing outstanding, or its fee would be more than it', async () => {
      const unpaid = await pledged(house, campaign.id, { amount: 10_000 });
      const refusal = await refusalOf(enter([gift, unpaid], { amount: 100_000 }));
      expect(refusal).to.deep.equal({
        code: 'settlement-mismatch',
        message: `Nothing is outstanding of ${unpaid.reference}.`,
      });
      expect(await refusalOf(enter([gift], { amount: -50_000, fee: 150_000 }))).to.include({
        code: 'settlement-mismatch',
      });
    });

    it('for references that nobody knows, days to come, and people who are not finance', async () => {
      expect(
        await refusalOf(enter([{ ...gift, reference: 'SK0000000000' }], { amount: 100_000 })),
      ).to.include({ code: 'invalid-input' });
      expect(await refusalOf(enter([gift], { amount: 100_000, settledOn: '2099-01-01' }))).to.include({
        code: 'invalid-input',
      });
      expect(await refusalOf(enter([gift], { amount: 100_000 }, auditor))).to.include({ code: 'forbidden' });
      expect(await refusalOf(enter([gift], { amount: 100_000 }, campaign.owner))).to.include({
        code: 'forbidden',
      });
    });
  });

  it('are entered once, whoever enters the same number at the same time', async () => {
    const campaign = await campaignOf();
    const gift = await paid(campaign.id, 44_000);
    const bankReference = `MT-${uuidv7()}`;
    const ends = await Promise.all(
      [dewi, eko, dewi, eko].map((user) =>
        enter([gift], { amount: 44_000, bankReference }, user).then(
          () => 'entered',
          (error: unknown) => (error instanceof Refusal ? error.code : error),
        ),
      ),
    );
    expect(ends.sort()).to.deep.equal(['conflict', 'conflict', 'conflict', 'entered']);
    expect(await moneyOf(campaign.id)).to.include({ settled_minor: 44_000n });
  });

  it('are the same one when a call that was cut off is made again', async () => {
    const campaign = await campaignOf();
    const gift = await paid(campaign.id, 44_000);
    const asked = { id: uuidv7(), request: requestOf([gift], { amount: 44_000 }) };
    const first = await enterSettlement(at(), dewi, asked);
    expect(await enterSettlement(at(), dewi, asked)).to.deep.equal(first);
  });

  it('and refunds of the same payment never miss each other, whichever comes first', async () => {
    const campaign = await campaignOf();
    for (let round = 0; round < 6; round += 1) {
      const gift = await paid(campaign.id, 50_000);
      const [end] = await Promise.all([
        enter([gift], { amount: 49_000, fee: 1_000 }).then(
          () => 'entered',
          (error: unknown) => (error instanceof Refusal ? error.code : error),
        ),
        refunded(gift, 20_000n),
      ]);
      expect(end).to.be.oneOf(['entered', 'settlement-mismatch']);
      if (end !== 'entered') await enter([gift], { amount: 29_000, fee: 1_000 });
      expect(await paymentOf(gift)).to.include({ fee_minor: 1_000n, covered_minor: 400n });
    }
    expect(await moneyOf(campaign.id)).to.include({ settled_minor: 180_000n, fees_minor: 3_600n });
  });

  it('settle many payments of several campaigns in one deed', async () => {
    const campaigns = [await campaignOf(), await campaignOf(), await campaignOf()];
    const gifts: Gift[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const { id } of campaigns) gifts.push(await paid(id, 10_000 + round));
    }
    const gross = gifts.reduce((sum, gift) => sum + gift.amountMinor, 0n);
    await enter(gifts, { amount: Number(gross) - 7_777, fee: 7_001, vat: 776 });
    const rows = await Promise.all(gifts.map(paymentOf));
    expect(rows.reduce((sum, row) => sum + (row.fee_minor ?? 0n), 0n)).to.equal(7_777n);
  });

  describe('in lists', () => {
    it('stand beside how many checks of the books were broken when they last ran', async () => {
      const ran = (job: string, detail: string, ok = true) =>
        house.db.none(
          'insert into sk.job_runs (job, started_at, ok, detail) values ($1, clock_timestamp(), $2, $3)',
          [job, ok, detail],
        );
      const broken = async () => (await readOverview(house.db, auditor)).counts.brokenChecks;
      expect(await broken()).to.equal(0);
      await ran('check-all-books', '2 broken');
      await ran('check-books', '3 broken');
      expect(await broken()).to.equal(3);
      await ran('check-books', '0 broken');
      await ran('check-books', 'connection lost', false);
      expect(await broken()).to.equal(2);
    });

    it('stand newest first, page by page, for finance and auditors alone', async () => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await listSettlements(house.db, auditor, {
          limit: 3,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen.length).to.be.greaterThan(5);
      expect(new Set(seen).size).to.equal(seen.length);
      expect(seen).to.deep.equal([...seen].sort().reverse());
      for (const list of [
        listSettlements(house.db, { kind: 'guest' }, { limit: 3 }),
        listUnsettled(house.db, { kind: 'guest' }, { gateway: 'midtrans', limit: 3 }),
        listSuspense({ db: house.db, now }, { kind: 'guest' }, { limit: 3 }),
        readOverview(house.db, { kind: 'guest' }),
      ]) {
        expect(await refusalOf(list)).to.include({ code: 'forbidden' });
      }
      for (const cursor of ['e30', 'WyIxIl0', 'not-a-cursor']) {
        expect(await refusalOf(listSettlements(house.db, auditor, { limit: 3, cursor }))).to.include({
          code: 'invalid-input',
        });
      }
    });

    it('show what a gateway has not settled, oldest first, from a day on', async () => {
      const campaign = await campaignOf();
      const gifts = [await paid(campaign.id, 11_000), await paid(campaign.id, 12_000)];
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await listUnsettled(house.db, dewi, {
          gateway: 'midtrans',
          limit: 2,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...page.items.map(({ reference }) => reference));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(new Set(seen).size).to.equal(seen.length);
      expect(seen).to.include.members(gifts.map(({ reference }) => reference));
      const none = await listUnsettled(house.db, dewi, {
        gateway: 'midtrans',
        from: '2099-01-01',
        limit: 100,
      });
      expect(none).to.deep.equal({ items: [], nextCursor: null });
    });
  });
});
