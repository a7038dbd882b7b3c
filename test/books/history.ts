import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { inProcessBus } from '../../server/bus.ts';
import { acting, closeDb, type Db, openDb } from '../../server/db/open.ts';
import type { Stories } from '../../server/domain/campaigns/stories.ts';
import { payAgain, pledge } from '../../server/domain/donations/pledge.ts';
import { type Receive, receiver } from '../../server/domain/donations/receive.ts';
import { readFeed } from '../../server/domain/feeds/watch.ts';
import { GatewayFault, type Notice, type Word } from '../../server/domain/gateways/gateway.ts';
import {
  approvePayout,
  confirmByHand,
  rejectPayout,
  reversePayout,
} from '../../server/domain/payouts/decide.ts';
import { placeHold, releaseHold } from '../../server/domain/payouts/holds.ts';
import { requestPayout } from '../../server/domain/payouts/request.ts';
import { winDispute } from '../../server/domain/refunds/dispute.ts';
import { refund, resumeRefunds } from '../../server/domain/refunds/refund.ts';
import { Refusal } from '../../server/domain/refusal.ts';
import { correctSettlement } from '../../server/domain/settlements/correct.ts';
import { enterSettlement } from '../../server/domain/settlements/enter.ts';
import { postUpdate } from '../../server/domain/updates/post.ts';
import { apply } from '../../server/protocol/apply.ts';
import { campaignFeed, type FeedEvent, type FeedKind, ownerFeed } from '../../server/protocol/feeds.ts';
import { METHODS } from '../../server/protocol/methods.ts';
import { rupiah } from '../../server/protocol/money.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { expectBalancedBooks, liveCampaign, person } from '../support/house.ts';
import { historysGateway } from './gateway.ts';
import * as model from './model.ts';

/** Tables whose first write in a transaction may be its last. */
export const CRASH_AT = [
  'notices',
  'payments',
  'journals',
  'postings',
  'balances',
  'campaign_totals',
  'campaign_money',
  'donations',
  'refunds',
  'disputes',
  'payouts',
  'feed_events',
] as const;
export type Crash = { at: (typeof CRASH_AT)[number]; how: 'abort' | 'kill' };

export type Said =
  | { kind: 'payment'; status: model.Attempt['status']; confirmed: boolean; wrong: boolean }
  | { kind: 'refund at the gateway'; percent: number }
  | { kind: 'refunds so far' }
  | { kind: 'refund of too much' }
  | { kind: 'chargeback'; percent: number }
  | { kind: 'chargeback of all' }
  | { kind: 'chargebacks so far' };

/** Numbers choose among what there is, whatever there is by then: any history is one that may happen. */
export type Deed =
  | { do: 'pledge'; campaign: number; gift: number; tip: number; isPaid: boolean }
  | { do: 'pay again'; gift: number }
  | { do: 'tell'; said: (Said & { about: number })[]; cuts: number[]; how: 'in order' | 'storm' | Crash }
  | {
      do: 'refund';
      about: number;
      gift: number;
      tip: number;
      way: 'transfer' | 'yes' | 'no' | 'lost' | 'unheard';
      crash: Crash | 'after the answer' | null;
    }
  | { do: 'resume refunds' }
  | { do: 'win'; dispute: number }
  | { do: 'ask for a payout'; campaign: number; percent: number; crash: Crash | null }
  | { do: 'decide'; payout: number; to: 'approve' | 'reject' | 'confirm' | 'reverse'; crash: Crash | null }
  | { do: 'say how it was used'; campaign: number }
  | { do: 'hold'; campaign: number; percent: number | null }
  | { do: 'release'; hold: number }
  | { do: 'settle'; which: number; feeBp: number }
  | { do: 'correct'; settlement: number };

const PLATFORM_FEE_BP = 250;
const CAMPAIGNS = 2;
/** So long after a refund is asked about again, and a bank account may be used. */
const LATER_MS = 120_000;

/** A database of its own for one history, two servers on it, and two people of finance. */
async function openBooks(rendering: Stories) {
  const database = await freshDatabase();
  const bus = inProcessBus({
    onFault(fault) {
      throw fault;
    },
  });
  const servers = [1, 2].map((n) => openDb({ url: database.appUrl, max: 5, name: `server-${n}` }));
  const [db, other] = servers;
  assert(db && other);
  await layMines(database);
  const finance = [await person(db, 'Dewi', 'finance'), await person(db, 'Fajar', 'finance')] as const;
  return {
    database,
    bus,
    db,
    other,
    rendering,
    finance,
    doomed: ({ at, how }: Crash): Db => {
      const url = new URL(database.appUrl);
      url.searchParams.set('options', `-c test.crash_at=${at} -c test.crash_how=${how}`);
      return openDb({ url: url.href, max: 2, name: 'doomed' });
    },
    async close() {
      for (const one of servers) await closeDb(one);
      await database.drop();
    },
  };
}
type Books = Awaited<ReturnType<typeof openBooks>>;

/** Connections that are marked fail at their first write to a table: the transaction, or the connection itself. */
async function layMines(database: FreshDatabase): Promise<void> {
  const admin = openDb({ url: database.adminUrl, max: 1, name: 'mines' });
  await admin.none(`
    create function public.mine() returns trigger language plpgsql security definer as $$
    begin
      if current_setting('test.crash_at', true) = tg_table_name then
        if current_setting('test.crash_how') = 'kill' then
          perform pg_terminate_backend(pg_backend_pid());
          perform pg_sleep(1);
        end if;
        raise exception 'a crash at %', tg_table_name using errcode = 'XX000';
      end if;
      return null;
    end $$;
    ${CRASH_AT.map(mineAt).join(';')}`);
  await closeDb(admin);
}

const mineAt = (table: string): string =>
  `create trigger a_mine before insert or update on sk.${table} for each statement execute function public.mine()`;

const at = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(all.length, 1)];
const part = (amount: bigint, percent: number): bigint => (amount * BigInt(percent)) / 100n;

type Attempt = model.Attempt & { reference: string };
type Place = { id: string; owner: User; model: model.Campaign; account: string };
type User = Awaited<ReturnType<typeof person>>;
type Reading = { head: number; state: unknown };

/** Lives one history through, in the real house and in the model, and compares after each deed. */
export async function live(rendering: Stories, deeds: Deed[]): Promise<void> {
  const books = await openBooks(rendering);
  try {
    await liveIn(books, deeds);
    await expectBalancedBooks(books.db);
  } finally {
    await books.close();
  }
}

async function liveIn(books: Books, deeds: Deed[]): Promise<void> {
  const { db, other, bus, finance } = books;
  const there = historysGateway();
  const gateways = { midtrans: there.gateway };
  let clock = Date.now();
  const now = (): Date => {
    clock += 1;
    return new Date(clock);
  };
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const receiverOn = (on: Db): Receive => receiver({ db: on, bus, ask: () => {} }).receive;
  const receivers = [comingAgain(receiverOn(db)), comingAgain(receiverOn(other))] as const;
  const house = { db, bus, gateways, receive: receivers[0], now, onFault };
  const payoutHouse = { db, bus, payoutGateway: null, hear: async () => [], now, onFault };
  const [anna, boris] = finance;

  const places: Place[] = [];
  for (let n = 0; n < CAMPAIGNS; n++) places.push(await open(books, now));
  const attempts: Attempt[] = [];
  const payouts: { id: string; place: Place; payout: model.Payout }[] = [];
  const holds: { id: string; place: Place; hold: model.Hold }[] = [];
  const settlements: { id: string; settlement: model.Settlement }[] = [];
  const readings = new Map<string, Reading>();
  for (const { id } of places) for (const feed of feedsOf(id)) readings.set(feed, await read(db, feed));

  const attemptOf = (reference: string): Attempt => {
    const attempt = attempts.find((one) => one.reference === reference);
    assert(attempt);
    return attempt;
  };

  /** Tells the model what the gateway answered meanwhile. */
  function believe({ butLost = false } = {}): void {
    for (const heard of there.answered.splice(0)) {
      const about = attemptOf(heard.reference);
      if (heard.what === 'status') {
        model.hear(heard.words.map((word) => ({ about, word: wordForModel(word) })));
      } else if (heard.what === 'yes' && !butLost) {
        model.hear([
          { about, word: { kind: 'refund', refunds: [{ key: heard.key, amount: heard.amount }] } },
        ]);
      } else if (heard.what === 'no') {
        const refund = about.refunds.find(({ key }) => key === heard.key);
        if (refund?.status === 'requested') refund.status = 'failed';
      }
    }
  }

  /** The code of a refusal; null when it was done. Anything else that is thrown fails the history. */
  async function codeOf(deed: Promise<unknown>): Promise<string | null> {
    try {
      await deed;
      return null;
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  }

  /** Does it on a connection that fails, and then again on one that does not. */
  async function twice<T>(crash: Crash | null, deed: (on: Db) => Promise<T>): Promise<T> {
    if (crash) {
      const doomed = books.doomed(crash);
      await deed(doomed).catch(() => {});
      await closeDb(doomed);
    }
    return deed(db);
  }

  function noticeOf(attempt: Attempt, said: Said): { notice: Notice; word: model.Word } | null {
    const { reference } = attempt;
    const order = there.orderOf(reference);
    const about = { gateway: 'midtrans', dedupeKey: uuidv7(), rawBody: Buffer.from(said.kind) };
    switch (said.kind) {
      case 'payment': {
        const { status, confirmed, wrong } = said;
        const amountMinor = order.amount + (wrong ? 1n : 0n);
        if (!wrong && status === 'paid') order.isPaid = true;
        if (!wrong && order.isPaid && confirmed && isDenial(status)) order.isDenied = true;
        const word = {
          reference,
          status,
          amountMinor,
          currency: 'IDR',
          transactionId: null,
          at: now(),
          confirmed,
        };
        return {
          notice: { ...about, kind: 'payment', word },
          word: { kind: 'payment', status, confirmed, amount: amountMinor },
        };
      }
      case 'refund of too much': {
        const refunds = [{ key: uuidv7(), amountMinor: order.amount + 1n, at: now() }];
        return {
          notice: { ...about, kind: 'refund', word: { reference, refunds } },
          word: {
            kind: 'refund',
            refunds: refunds.map(({ key, amountMinor }) => ({ key, amount: amountMinor })),
          },
        };
      }
      case 'refund at the gateway':
      case 'refunds so far': {
        if (said.kind === 'refund at the gateway') {
          const amountMinor = part(there.leftOf(order), said.percent);
          if (amountMinor === 0n) return null;
          order.refunds.push({ key: uuidv7(), amountMinor, at: now() });
        }
        if (order.refunds.length === 0) return null;
        const word = { reference, refunds: [...order.refunds] };
        return {
          notice: { ...about, kind: 'refund', word },
          word: {
            kind: 'refund',
            refunds: word.refunds.map(({ key, amountMinor: amount }) => ({ key, amount })),
          },
        };
      }
      case 'chargeback':
      case 'chargeback of all':
      case 'chargebacks so far': {
        const isAll = said.kind === 'chargeback of all';
        if (said.kind !== 'chargebacks so far') {
          const amount = part(there.leftOf(order), isAll ? 100 : said.percent);
          if (amount === 0n || (isAll && amount !== order.amount)) return null;
          order.taken += amount;
        }
        if (order.taken === 0n) return null;
        const amountMinor = isAll ? null : order.taken;
        return {
          notice: { ...about, kind: 'dispute', word: { reference, key: uuidv7(), amountMinor, at: now() } },
          word: { kind: 'dispute', amount: amountMinor },
        };
      }
    }
  }

  async function tell({ said, cuts, how }: Extract<Deed, { do: 'tell' }>): Promise<void> {
    const told = said.flatMap((one) => {
      const about = at(attempts, one.about);
      const made = about && noticeOf(about, one);
      return about && made ? [{ about, ...made }] : [];
    });
    if (told.length === 0) return;
    if (how === 'storm') {
      // Both servers hear everything at once, each in its own order: of each gift one thing, so that the order is free.
      const gifts = new Set<model.Gift>();
      const some = told.filter(({ about }) => !gifts.has(about.of) && gifts.add(about.of));
      const notices = some.map(({ notice }) => notice);
      const [one, two] = receivers;
      await Promise.all([one([...notices, ...notices]), two([...notices].reverse())]);
      for (const { about, word } of some) model.hear([{ about, word }]);
      const rest = told.filter((one) => !some.includes(one));
      for (const { about, notice, word } of rest) {
        await two([notice]);
        model.hear([{ about, word }]);
      }
      return;
    }
    if (how !== 'in order') {
      const doomed = books.doomed(how);
      // Where nothing is written to that table it is booked at once; the same notices then come as repetitions.
      await receiverOn(doomed)(told.map(({ notice }) => notice)).catch(() => {});
      await closeDb(doomed);
      await receivers[1](told.map(({ notice }) => notice));
      model.hear(told);
      return;
    }
    let rest = told;
    for (const [nth, cut] of [...cuts, told.length].entries()) {
      const batch = rest.slice(0, cut);
      rest = rest.slice(cut);
      if (batch.length === 0) continue;
      await receivers[nth % 2 === 0 ? 0 : 1](batch.map(({ notice }) => notice));
      model.hear(batch);
      // What is told again changes nothing.
      await receivers[0](batch.map(({ notice }) => notice));
    }
  }

  async function give(request: { campaign: Place; gift: bigint; tip: bigint }): Promise<void> {
    const donationId = uuidv7();
    await pledge(
      {
        ...house,
        judge: async () => ({ decision: 'allow', reasons: [] }),
        pageOf: (id) => `http://127.0.0.1/${id}`,
      },
      {
        donationId,
        campaignId: request.campaign.id,
        request: { gift: rupiah(request.gift), tip: rupiah(request.tip), method: 'qris' },
        principal: { kind: 'guest' },
        caller: CALLER,
      },
    );
    const campaign = request.campaign.model;
    const gift = { campaign, gift: request.gift, tip: request.tip, captured: null };
    campaign.gifts.push(gift);
    giftIds.set(gift, donationId);
    await keepAttempt(gift, donationId);
  }
  const giftIds = new Map<model.Gift, string>();
  async function keepAttempt(gift: model.Gift, donationId: string): Promise<void> {
    const row = await db.payments.latestOf(donationId);
    assert(row);
    if (attempts.some(({ id }) => id === row.id)) return;
    const attempt = { ...model.newAttempt(gift, row.id), reference: row.reference };
    gift.campaign.attempts.push(attempt);
    attempts.push(attempt);
  }

  async function payAnother(gift: model.Gift): Promise<void> {
    const donationId = giftIds.get(gift);
    assert(donationId);
    const tries = attempts.filter(({ of }) => of === gift).length;
    const method = METHODS[tries % METHODS.length];
    assert(method);
    const code = await codeOf(
      payAgain(
        {
          ...house,
          judge: async () => ({ decision: 'allow', reasons: [] }),
          pageOf: (id) => `http://127.0.0.1/${id}`,
        },
        { donationId, request: { method }, caller: CALLER },
      ),
    );
    expect(code, 'paying again').to.be.oneOf(gift.captured ? ['conflict'] : [null, 'too-many-requests']);
    await keepAttempt(gift, donationId);
  }

  async function giveBack(deed: Extract<Deed, { do: 'refund' }>): Promise<void> {
    const attempt = at(attempts, deed.about);
    if (!attempt) return;
    const donationId = giftIds.get(attempt.of);
    assert(donationId);
    const id = uuidv7();
    const gift = part(attempt.of.gift, deed.gift);
    const tip = part(attempt.of.tip, deed.tip);
    const byTransfer = deed.way === 'transfer';
    const key = byTransfer ? `transfer:${id}` : `R${id.replaceAll('-', '').toUpperCase()}`;
    const request = {
      gift: rupiah(gift),
      tip: rupiah(tip),
      reason: 'x',
      paymentId: attempt.id,
      ...(byTransfer ? { byTransfer: { bankReference: id } } : {}),
    };
    const ask = (more: Partial<typeof house> = {}) =>
      refund({ ...house, ...more }, anna, { id, donationId, request });
    const { crash } = deed;
    if (deed.way !== 'transfer') there.next.answer = deed.way;
    const expected = model.askRefund(attempt, { key, gift, tip, byTransfer });
    if (typeof expected === 'string') {
      there.next.answer = 'yes';
      const code = await codeOf(ask());
      // What was never paid at all is refused before its payments are looked at.
      expect(code, 'a refund').to.be.oneOf([
        expected,
        ...(expected === 'wrong-state' ? ['invalid-input'] : []),
      ]);
      return;
    }
    if (crash === 'after the answer') {
      const lost: Receive = () => Promise.reject(new Refusal('unavailable', 'a crash'));
      const code = await codeOf(ask({ receive: lost }));
      believe({ butLost: code !== null });
      if (code !== null) await ask();
    } else {
      await twice(crash, (on) => ask({ db: on }));
    }
    there.next.answer = 'yes';
    believe();
  }

  async function settle({ which, feeBp }: Extract<Deed, { do: 'settle' }>): Promise<void> {
    const some = attempts.filter((a, nth) => model.clearing(a) !== 0n && (which >> (nth % 12)) & 1);
    if (some.length === 0) return;
    const owed = some.map((a) => model.clearing(a));
    const gross = owed.reduce((all, one) => all + one, 0n);
    const bearing = owed.reduce((all, one) => (one > 0n ? all + one : all), 0n);
    const fee = (bearing * BigInt(feeBp)) / 10_000n;
    const vat = fee / 9n;
    const id = uuidv7();
    await enterSettlement({ db, bus, now, platformFeeBp: PLATFORM_FEE_BP }, anna, {
      id,
      request: {
        gateway: 'midtrans',
        bankReference: id,
        settledOn: '2026-11-01',
        fee: rupiah(fee - vat),
        vat: rupiah(vat),
        amount: rupiah(gross - fee),
        references: some.map(({ reference }) => reference),
      },
    });
    settlements.push({ id, settlement: model.settle(some, fee, BigInt(PLATFORM_FEE_BP)) });
  }

  async function decide({ payout: which, to, crash }: Extract<Deed, { do: 'decide' }>): Promise<void> {
    const found = at(payouts, which);
    if (!found) return;
    const { id, place, payout } = found;
    const asked = { id, note: 'x' };
    const on = (way: (on: typeof payoutHouse) => Promise<unknown>) =>
      codeOf(twice(crash, (db) => way({ ...payoutHouse, db })));
    const was = payout.status;
    switch (to) {
      case 'approve': {
        const expected = model.approve(place.model, payout);
        expect(await on((h) => approvePayout(h, boris, asked)), `approving what is ${was}`).to.equal(
          expected,
        );
        return;
      }
      case 'reject': {
        if (was === 'requested') payout.status = 'rejected';
        if (was === 'approved') payout.status = 'failed';
        const expected =
          was === 'requested' || was === 'approved' || was === 'rejected' ? null : 'wrong-state';
        const code = await on((h) => rejectPayout(h, boris, asked));
        // Again after a crash that came too late: what failed has ended, and says so.
        expect(code, `rejecting what is ${was}`).to.be.oneOf([
          expected,
          ...(was === 'approved' && crash ? ['wrong-state'] : []),
        ]);
        return;
      }
      case 'confirm': {
        if (was === 'approved') model.confirm(place.model, payout);
        const expected = was === 'approved' || payout.confirmation > 0 ? null : 'wrong-state';
        const code = await on((h) => confirmByHand(h, boris, { id, bankReference: id }));
        expect(code, `confirming what is ${was}`).to.equal(expected);
        return;
      }
      case 'reverse': {
        if (was === 'confirmed') payout.status = 'reversed';
        const expected = was === 'confirmed' || was === 'reversed' ? null : 'wrong-state';
        expect(await on((h) => reversePayout(h, boris, asked)), `reversing what is ${was}`).to.equal(
          expected,
        );
      }
    }
  }

  async function win({ dispute: which }: Extract<Deed, { do: 'win' }>): Promise<void> {
    const lost = attempts.flatMap((attempt) =>
      attempt.disputes.map((dispute, nth) => ({ attempt, dispute, nth })),
    );
    const found = at(lost, which);
    if (!found) return;
    const { attempt, dispute, nth } = found;
    const rows = await db.any<{ id: string }>(
      'select id from sk.disputes where payment_id = $1 order by id',
      [attempt.id],
    );
    const id = rows[nth]?.id;
    assert(id, 'a dispute that the books do not know');
    const expected = dispute.kind === 'chargeback' && dispute.status === 'lost' ? null : 'wrong-state';
    expect(await codeOf(winDispute({ db, bus, now }, anna, { id, note: 'x' })), 'winning').to.equal(expected);
    if (expected !== null) return;
    dispute.status = 'won';
    there.orderOf(attempt.reference).won += dispute.gift + dispute.tip;
  }

  async function act(deed: Deed): Promise<void> {
    switch (deed.do) {
      case 'pledge': {
        const campaign = at(places, deed.campaign);
        assert(campaign);
        await give({ campaign, gift: BigInt(deed.gift), tip: BigInt(deed.tip) });
        if (!deed.isPaid) return;
        const paid = { kind: 'payment' as const, status: 'paid' as const, confirmed: false, wrong: false };
        return tell({
          do: 'tell',
          said: [{ ...paid, about: attempts.length - 1 }],
          cuts: [],
          how: 'in order',
        });
      }
      case 'pay again': {
        const gift = at([...giftIds.keys()], deed.gift);
        return gift && payAnother(gift);
      }
      case 'tell':
        return tell(deed);
      case 'refund':
        return giveBack(deed);
      case 'resume refunds':
        clock += LATER_MS;
        await resumeRefunds(house);
        return believe();
      case 'win':
        return win(deed);
      case 'ask for a payout': {
        const place = at(places, deed.campaign);
        assert(place);
        const id = uuidv7();
        const most = model.available(place.model);
        const amount = most > 0n ? part(most, deed.percent) : BigInt(deed.percent);
        if (amount === 0n) return;
        const expected = model.askPayout(place.model, amount);
        const request = { amount: rupiah(amount), bankAccountId: place.account };
        const code = await codeOf(
          twice(deed.crash, (on) =>
            requestPayout({ db: on, bus, now }, place.owner, { id, campaignId: place.id, request }),
          ),
        );
        expect(code, `a payout of ${amount}`).to.equal(typeof expected === 'string' ? expected : null);
        if (typeof expected !== 'string') payouts.push({ id, place, payout: expected });
        return;
      }
      case 'decide':
        return decide(deed);
      case 'say how it was used': {
        const place = at(places, deed.campaign);
        assert(place);
        const request = { title: 'Kabar', text: 'Terpakai.', pictureIds: [], proofOfUse: true };
        const post = postUpdate({ db, bus, stories: books.rendering, now }, place.owner, {
          id: uuidv7(),
          campaignId: place.id,
          request,
        });
        const code = await codeOf(post);
        expect(code).to.be.oneOf([null, 'too-many-requests']);
        if (code === null) place.model.proofAt = place.model.confirmedSoFar;
        return;
      }
      case 'hold': {
        const place = at(places, deed.campaign);
        assert(place);
        const amount =
          deed.percent === null ? null : part(model.moneyOf(place.model).raised, deed.percent) + 1n;
        const id = uuidv7();
        const request = { reason: 'x', ...(amount === null ? {} : { amount: rupiah(amount) }) };
        await placeHold({ db, bus, now }, anna, { id, campaignId: place.id, request });
        const hold = { amount, released: false };
        place.model.holds.push(hold);
        holds.push({ id, place, hold });
        return;
      }
      case 'release': {
        const found = at(holds, deed.hold);
        if (!found) return;
        await releaseHold({ db, bus, now }, boris, found.id);
        found.hold.released = true;
        return;
      }
      case 'settle':
        return settle(deed);
      case 'correct': {
        const found = at(settlements, deed.settlement);
        if (!found) return;
        const code = await codeOf(correctSettlement({ db, bus, now }, boris, found.id, { reason: 'x' }));
        expect(code, 'correcting').to.equal(found.settlement.corrected ? 'wrong-state' : null);
        if (code === null) model.correct(found.settlement);
      }
    }
  }

  for (const [nth, deed] of deeds.entries()) {
    const what = `after deed ${nth}, ${deed.do}`;
    await act(deed);
    const [booked, payments, heads] = await Promise.all([
      moneyOf(db, places),
      paymentsOf(db, places),
      db.feeds.heads([...readings.keys()]),
    ]);
    expectSame(booked, Object.fromEntries(places.map((one) => [one.id, model.moneyOf(one.model)])), what);
    expectSame(payments, paymentsIn(attempts), what);
    for (const { feed, head } of heads) {
      if (head !== readings.get(feed)?.head) await follow(db, readings, feed, what);
    }
    const { failed } = await acting(db, 'system', 'test', (tx) =>
      tx.one<{ failed: bigint }>("select count(*) as failed from sk.notices where outcome = 'failed'"),
    );
    expect(failed, `${what}: notices that could not be booked`).to.equal(0n);
    const unforeseen = faults.splice(0).filter((fault) => !(fault instanceof GatewayFault));
    expectSame(unforeseen, [], `${what} faults:`);
  }
}

/** As a gateway does that is told that we are busy, which two servers in a storm may be for a moment. */
const comingAgain =
  (receive: Receive): Receive =>
  async (notices) => {
    for (let nth = 1; ; nth++) {
      try {
        return await receive(notices);
      } catch (error) {
        if (!(error instanceof Refusal) || nth === COMES_AGAIN_MAX) throw error;
      }
    }
  };
const COMES_AGAIN_MAX = 20;

/** Says the difference in full: a shrunk history is read without a debugger. */
function expectSame(booked: unknown, meant: unknown, what: string): void {
  if (isDeepStrictEqual(booked, meant)) return;
  const show = (value: unknown) => inspect(value, { depth: 5, breakLength: 160, compact: 12 });
  throw new Error(`${what} the books say ${show(booked)}\nand should say ${show(meant)}`);
}

const CALLER = { address: '192.0.2.7', network: '192.0.2.7/32', device: null };
const isDenial = (status: string): boolean => status !== 'paid' && status !== 'pending';

function wordForModel(word: Word): model.Word {
  switch (word.kind) {
    case 'payment': {
      const { status, amountMinor: amount } = word.word;
      assert(status !== 'created' && status !== 'authorized');
      return { kind: 'payment', status, confirmed: true, amount };
    }
    case 'refund':
      return {
        kind: 'refund',
        refunds: word.word.refunds.map(({ key, amountMinor: amount }) => ({ key, amount })),
      };
    case 'dispute':
      return { kind: 'dispute', amount: word.word.amountMinor };
  }
}

/** A live campaign with a bank account that may be used. */
async function open(books: Books, now: () => Date): Promise<Place> {
  const { db, bus, rendering } = books;
  const { id, owner } = await liveCampaign({ db, bus, stories: rendering });
  const account = uuidv7();
  const at = now();
  await acting(db, 'system', 'test.account', (tx) =>
    tx.bankAccounts.insert({
      id: account,
      campaignId: id,
      bank: 'bca',
      number: '1234567890',
      holder: 'YAYASAN',
      addedBy: owner.userId,
      now: at,
      usableFrom: at,
    }),
  );
  return { id, owner, model: model.newCampaign(), account };
}

/** Each campaign's money as the database has it, all of it. */
async function moneyOf(db: Db, places: Place[]) {
  const rows = await db.any<{ id: string }>(
    `select t.campaign_id as id, t.raised_minor as raised, t.donor_count as donors, t.tips_minor as tips,
       m.refunded_minor as refunded, m.refunding_minor as refunding, m.clawed_back_minor as "clawedBack",
       m.settled_minor as settled, m.fees_minor as fees, m.paid_out_minor as "paidOut",
       max(b.balance_minor) filter (where a.code like 'payout_pending:%') as pending,
       max(b.balance_minor) filter (where a.code like 'campaign_payable:%') as payable,
       max(b.balance_minor) filter (where a.code like 'campaign_receivable:%') as receivable
     from sk.campaign_totals t
     join sk.campaign_money m on m.campaign_id = t.campaign_id
     join sk.accounts a on a.campaign_id = t.campaign_id
     join sk.balances b on b.account_id = a.id
     where t.campaign_id = any($1::uuid[]) group by t.campaign_id, m.campaign_id`,
    [places.map(({ id }) => id)],
  );
  return Object.fromEntries(rows.map(({ id, ...money }) => [id, money]));
}

/** Each payment: what it is, what its gateway owes us for it, and what of it is back or asked back. */
async function paymentsOf(db: Db, places: Place[]) {
  const rows = await db.any<{ id: string }>(
    `select p.id, p.status, p.returned_gift_minor as "giftBack", p.returned_tip_minor as "tipBack", p.covered_minor as covered,
       (select coalesce(sum(case o.side when 'D' then o.amount_minor else -o.amount_minor end), 0) from sk.postings o
         join sk.accounts a on a.id = o.account_id where o.payment_id = p.id and a.code = 'gateway_clearing:midtrans') as clearing,
       array(select concat_ws(' ', r.status, r.gift_minor, r.tip_minor) from sk.refunds r where r.payment_id = p.id order by 1) as refunds,
       array(select concat_ws(' ', d.kind, d.status, d.gift_minor, d.tip_minor) from sk.disputes d where d.payment_id = p.id order by 1) as disputes
     from sk.payments p where p.campaign_id = any($1::uuid[]) order by p.id`,
    [places.map(({ id }) => id)],
  );
  return rows.map((row) => ({ ...row }));
}
const paymentsIn = (attempts: Attempt[]) =>
  attempts
    .map((a) => ({
      id: a.id,
      status: a.status,
      giftBack: a.of.gift - model.giftLeft(a),
      tipBack: a.of.tip - model.tipLeft(a),
      covered: a.covered,
      clearing: model.clearing(a),
      refunds: a.refunds.map(({ status, gift, tip }) => `${status} ${gift} ${tip}`).sort(),
      disputes: a.disputes.map(({ kind, status, gift, tip }) => `${kind} ${status} ${gift} ${tip}`).sort(),
    }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));

const feedsOf = (campaignId: string): string[] => [campaignFeed(campaignId), ownerFeed(campaignId)];

async function read(db: Db, feed: string, since: number | null = null) {
  const reading = await readFeed(db, feed, since);
  assert(reading, 'a feed that is not there');
  return reading;
}

/** The state before with the events since applied is the state that the database gives, if the events say enough. */
async function follow(db: Db, readings: Map<string, Reading>, feed: string, what: string): Promise<void> {
  const before = readings.get(feed);
  assert(before);
  const { head, state, events } = await read(db, feed, before.head);
  expect(
    events.map(({ seq }) => seq),
    `${feed} ${what}`,
  ).to.deep.equal(Array.from({ length: head - before.head }, (_, nth) => before.head + nth + 1));
  let applied: unknown = before.state;
  for (const event of events) applied = applied && apply(kindOf(feed), applied, event as FeedEvent);
  if (applied) expectSame(applied, state, `${feed} ${what}`);
  readings.set(feed, { head, state });
}
const kindOf = (feed: string): FeedKind => (feed.startsWith('owner:') ? 'owner' : 'campaign');
