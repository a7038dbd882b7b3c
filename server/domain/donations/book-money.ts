import assert from 'node:assert/strict';
import { v7 as uuidv7 } from 'uuid';
import type { TotalsChange, TotalsRow } from '../../db/donations.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { type MoneyChange, noChange } from '../../db/money.ts';
import { type Tx, together } from '../../db/open.ts';
import type { LockedPayment, Move } from '../../db/payments.ts';
import {
  captureOf,
  coverOf,
  type GivenBack,
  givenBackOf,
  type Paid,
  repaymentsOf,
  suspenseGivenBackOf,
  suspenseOf,
} from '../ledger/entries.ts';
import { type Journal, post } from '../ledger/post.ts';
import { lockPurses } from '../ledger/purse.ts';
import { suspenseKey } from '../ledger/suspense.ts';
import type { Giving } from './decide.ts';
import { paidNews, returnedNews, returnedToFinance, type Total } from './news.ts';

/** An attempt with the move that a batch makes of it. */
export type Changed = { payment: LockedPayment; move: Move };

/**
 * Books what came and what went in one batch: journals, then totals, then donations, and what each feed hears of it.
 * `winners` are paid attempts that answer an open gift, by its id; `surplus` is money that answers none; `givings` left
 * a payment again, in the order in which they were said.
 */
export async function bookMoney(
  tx: Tx,
  {
    winners,
    surplus,
    givings,
  }: { winners: ReadonlyMap<string, Changed>; surplus: Changed[]; givings: Giving[] },
): Promise<NewEvent[]> {
  if (winners.size + surplus.length + givings.length === 0) return [];
  const captured = [...winners.values()].map(paidOf);
  const suspended = surplus.map(paidOf);
  const back = givings.length > 0 ? await weigh(tx, { captured, suspended, givings }) : NOTHING;
  const booked = post(tx, [...captured.map(captureOf), ...suspended.map(suspenseOf), ...back.journals]);

  const sums = new Map<string, TotalsChange>();
  for (const { campaignId, giftMinor, tipMinor } of captured) {
    addTo(sums, campaignId, { giftMinor, tipMinor, donors: 1 });
  }
  for (const { giving, leftMinor } of back.counted) {
    const { payment, giftMinor, tipMinor } = giving;
    const donors = giftMinor > 0n && leftMinor === 0n ? -1 : 0;
    addTo(sums, payment.campaign_id, { giftMinor: -giftMinor, tipMinor: -tipMinor, donors });
  }
  const [, after] = await together([
    booked,
    sums.size > 0 ? tx.donations.count({ paid: [...winners.keys()], changes: [...sums.values()] }) : [],
    ...(givings.length > 0 ? record(tx, givings, back) : []),
  ]);
  assert(after.length === sums.size, 'a campaign without totals');
  assert((after[0]?.paid ?? 0) === winners.size, 'a locked donation changed');
  await repay(tx, after);

  // Each event carries the total as it stood with that deed: from the total before the batch, deed by deed.
  const running = new Map(
    after.map((row): [string, Total] => {
      const sum = sums.get(row.campaign_id);
      const raised = row.raised_minor - (sum?.giftMinor ?? 0n);
      return [row.campaign_id, { raised, donors: row.donor_count - (sum?.donors ?? 0) }];
    }),
  );
  const totalOf = (campaignId: string): Total => {
    const total = running.get(campaignId);
    assert(total, 'a campaign without totals');
    return total;
  };
  const events: NewEvent[] = [];
  const at = after[0]?.at ?? new Date(0);
  // Same order as the wall: by time, then by id.
  for (const { payment } of [...winners.values()].sort(byDonation)) {
    const total = totalOf(payment.campaign_id);
    const before = total.raised;
    total.raised += payment.gift_minor;
    total.donors += 1;
    events.push(...paidNews(payment, at, before, total));
  }
  for (const { giving, leftMinor } of back.counted) {
    const { payment, kind, giftMinor, tipMinor } = giving;
    const total = totalOf(payment.campaign_id);
    total.raised -= giftMinor;
    if (giftMinor > 0n && leftMinor === 0n) total.donors -= 1;
    const of = {
      kind,
      donationId: payment.donation_id,
      campaignId: payment.campaign_id,
      userId: payment.user_id,
    };
    events.push(...returnedNews({ ...of, giftMinor, tipMinor }, leftMinor, total));
  }
  return [...events, ...givings.map((giving) => returnedToFinance(giving, giving.payment.donation_id))];
}

type Returned = {
  journals: Journal[];
  /** Those of captured money, with what then counts of their gift. Money in suspense never counted. */
  counted: { giving: Giving; leftMinor: bigint }[];
  /** What of each fee the platform bears now, by the giving's id. */
  covers: ReadonlyMap<string, bigint>;
};
const NOTHING: Returned = { journals: [], counted: [], covers: new Map() };

/** What each giving does to the books, with the accounts of all campaigns of the batch locked. */
async function weigh(
  tx: Tx,
  { captured, suspended, givings }: { captured: Paid[]; suspended: Paid[]; givings: Giving[] },
): Promise<Returned> {
  const inSuspense = new Set([
    ...suspended.map(({ paymentId }) => suspenseKey(paymentId)),
    ...(await tx.ledger.keysBooked(givings.map(({ payment }) => suspenseKey(payment.id)))),
  ]);
  const incoming = new Map<string, bigint>();
  for (const { campaignId, giftMinor } of captured) {
    incoming.set(campaignId, (incoming.get(campaignId) ?? 0n) + giftMinor);
  }
  const campaignIds = new Set([...incoming.keys(), ...givings.map(({ payment }) => payment.campaign_id)]);
  const purses = await lockPurses(tx, [...campaignIds], incoming);

  const journals: Journal[] = [];
  const counted: Returned['counted'] = [];
  const covers = new Map<string, bigint>();
  const gone = new Map<string, { gift: bigint; cover: bigint }>();
  const left = new Map<string, bigint>();
  for (const giving of givings) {
    const { payment, kind, giftMinor } = giving;
    if (inSuspense.has(suspenseKey(payment.id))) {
      journals.push(suspenseGivenBackOf(backOf(giving, 0n)));
      continue;
    }
    const before = gone.get(payment.id) ?? {
      gift: payment.returned_gift_minor,
      cover: payment.covered_minor,
    };
    const coverMinor =
      kind === 'refund' && payment.fee_minor !== null
        ? coverOf({
            feeMinor: payment.fee_minor,
            giftMinor: payment.gift_minor,
            returnedMinor: before.gift + giftMinor,
            coveredMinor: before.cover,
          })
        : 0n;
    gone.set(payment.id, { gift: before.gift + giftMinor, cover: before.cover + coverMinor });
    covers.set(giving.id, coverMinor);
    const purse = purses.get(payment.campaign_id);
    assert(purse, 'a campaign without accounts');
    journals.push(givenBackOf(backOf(giving, coverMinor), purse));
    const leftMinor = (left.get(payment.donation_id) ?? payment.donation_left_minor) - giftMinor;
    left.set(payment.donation_id, leftMinor);
    counted.push({ giving, leftMinor });
  }
  return { journals, counted, covers };
}

/** What the rows of payments, donations, refunds and disputes keep of it. */
function record(tx: Tx, givings: Giving[], { counted, covers }: Returned): Promise<unknown>[] {
  const payments = new Map<string, Parameters<Tx['payments']['giveBack']>[0][number]>();
  for (const { id, kind, payment, giftMinor, tipMinor, at } of givings) {
    const row = payments.get(payment.id) ?? {
      id: payment.id,
      giftMinor: 0n,
      tipMinor: 0n,
      coverMinor: 0n,
      reversedAt: null,
    };
    row.giftMinor += giftMinor;
    row.tipMinor += tipMinor;
    row.coverMinor += covers.get(id) ?? 0n;
    if (kind === 'reversal') row.reversedAt = at;
    payments.set(payment.id, row);
  }
  const donations = new Map<string, Parameters<Tx['donations']['giveBack']>[0][number]>();
  const money = new Map<string, MoneyChange>();
  for (const { giving } of counted) {
    const { payment, kind, giftMinor, reserved } = giving;
    const row = donations.get(payment.donation_id) ?? {
      id: payment.donation_id,
      giftMinor: 0n,
      status: 'paid',
    };
    donations.set(payment.donation_id, { ...row, giftMinor: row.giftMinor + giftMinor, status: GONE[kind] });
    const change = money.get(payment.campaign_id) ?? noChange(payment.campaign_id);
    if (kind === 'refund') change.refundedMinor += giftMinor;
    else change.clawedBackMinor += giftMinor;
    if (isSettled(payment)) change.settledMinor -= giftMinor;
    if (reserved) change.refundingMinor -= giftMinor;
    change.coveredMinor += covers.get(giving.id) ?? 0n;
    money.set(payment.campaign_id, change);
  }
  const refunds = givings.filter(({ kind }) => kind === 'refund');
  const of = ({ id, payment, giftMinor, tipMinor }: Giving) => ({
    id,
    paymentId: payment.id,
    donationId: payment.donation_id,
    campaignId: payment.campaign_id,
    giftMinor,
    tipMinor,
  });
  return [
    tx.payments.giveBack([...payments.values()]),
    tx.donations.giveBack([...donations.values()]),
    tx.refunds.insert(
      refunds.flatMap((one) =>
        one.newKey === null
          ? []
          : [
              {
                ...of(one),
                key: one.newKey,
                madeAt: 'gateway' as const,
                reason: '',
                status: 'done' as const,
                requestedBy: null,
                requestedAt: one.at,
                endedAt: one.at,
              },
            ],
      ),
    ),
    tx.outbox.queueRefunds(refunds.map(({ id, payment }) => ({ id, donationId: payment.donation_id }))),
    tx.refunds.done(refunds.filter(({ newKey }) => newKey === null).map(({ id, at }) => ({ id, at }))),
    tx.disputes.insert(
      givings.flatMap((one) => (one.kind === 'refund' ? [] : [{ ...of(one), kind: one.kind, at: one.at }])),
    ),
    tx.money.add([...money.values()].sort((a, b) => (a.campaignId < b.campaignId ? -1 : 1))),
  ];
}

/** Whether the money of a payment is here. What came past every gateway was from the start. */
export const isSettled = ({ gateway, settlement_id: settlementId }: LockedPayment): boolean =>
  settlementId !== null || gateway === 'offline';

const GONE = { refund: 'refunded', chargeback: 'charged_back', reversal: 'reversed' } as const;

/**
 * Campaigns that owe pay with what just came. Their payables are locked, and what else is theirs is locked by nobody who
 * does not hold those, so that this second posting waits for no one.
 */
async function repay(tx: Tx, after: TotalsRow[]): Promise<void> {
  const owing = after.filter(({ owed_minor: owed }) => owed > 0n).map(({ campaign_id: id }) => id);
  if (owing.length === 0) return;
  const at = new Date();
  const purses = await lockPurses(tx, owing);
  await post(
    tx,
    [...purses].flatMap(([campaignId, { payableMinor, receivableMinor }]) =>
      repaymentsOf({ id: uuidv7(), campaignId, payableMinor, receivableMinor, at }),
    ),
  );
}

function addTo(
  sums: Map<string, TotalsChange>,
  campaignId: string,
  more: Omit<TotalsChange, 'campaignId'>,
): void {
  const sum = sums.get(campaignId) ?? { campaignId, giftMinor: 0n, tipMinor: 0n, donors: 0 };
  sum.giftMinor += more.giftMinor;
  sum.tipMinor += more.tipMinor;
  sum.donors += more.donors;
  sums.set(campaignId, sum);
}

const byDonation = (a: Changed, b: Changed): number =>
  a.payment.donation_id < b.payment.donation_id ? -1 : 1;

const backOf = (
  { id, kind, payment, giftMinor, tipMinor, at, paidFrom }: Giving,
  coverMinor: bigint,
): GivenBack => ({
  id,
  kind,
  paymentId: payment.id,
  donationId: payment.donation_id,
  campaignId: payment.campaign_id,
  gateway: payment.gateway,
  currency: payment.currency,
  giftMinor,
  tipMinor,
  coverMinor,
  at,
  paidFrom,
});

const paidOf = ({ payment, move }: Changed): Paid => ({
  paymentId: payment.id,
  donationId: payment.donation_id,
  campaignId: payment.campaign_id,
  gateway: payment.gateway,
  giftMinor: payment.gift_minor,
  tipMinor: payment.tip_minor,
  currency: payment.currency,
  paidAt: move.at,
});
