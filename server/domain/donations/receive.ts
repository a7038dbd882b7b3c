import assert from 'node:assert/strict';
import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { acting, type Db, isDataError, type Tx, together } from '../../db/open.ts';
import type { LockedPayment, Move } from '../../db/payments.ts';
import type { PaymentStatus } from '../../protocol/donations.ts';
import {
  campaignFeed,
  donationFeed,
  FINANCE,
  MODERATION,
  type News,
  ownerFeed,
  userFeed,
} from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import type { Notice, Outcome } from '../gateways/gateway.ts';
import { groupCommit } from '../group-commit.ts';
import { captureOf, type Paid, suspenseOf } from '../ledger/entries.ts';
import { post } from '../ledger/post.ts';
import { heldMessage, ownerItem, wallItem } from './present.ts';

/** Most notices in one transaction. Larger batches gained nothing more, and each keeps its callers waiting. */
export const BATCH_MAX = 200;
/** Most notices waiting for a batch; beyond it a gateway is asked to come again, which it does. */
export const QUEUE_MAX = 5_000;

export type Receive = (notices: Notice[]) => Promise<Outcome[]>;

/**
 * Books what gateways tell us. Notices join the batch that is forming (see groupCommit); a promise settles once its
 * batch is committed and its news is on the bus. Throws Refusal 'unavailable' when nothing is known to be booked.
 * `ask` is called, after the commit, for attempts of which a gateway said something that must be asked about first.
 */
export function receiver({
  db,
  bus,
  ask,
  onBatch,
  onFault,
  onSetAside,
  batchMax = BATCH_MAX,
  queueMax = QUEUE_MAX,
}: {
  db: Db;
  bus: Bus;
  ask(gateway: string, reference: string): void;
  onBatch?(size: number): void;
  onFault?(fault: unknown): void;
  onSetAside?(notice: Notice, error: unknown): void;
  batchMax?: number;
  queueMax?: number;
}): { receive: Receive; idle(): Promise<void>; waiting(): number } {
  const group = groupCommit<Notice, Outcome>({
    async commit(notices) {
      const { outcomes, news, toAsk } = await book(db, notices);
      bus.publish(news);
      for (const { gateway, reference } of toAsk) ask(gateway, reference);
      return outcomes;
    },
    async setAside(notice, error) {
      onSetAside?.(notice, error);
      bus.publish(await setAside(db, notice, error));
      return 'failed';
    },
    isDataError,
    batchMax,
    queueMax,
    ...(onBatch ? { onBatch } : {}),
    ...(onFault ? { onFault } : {}),
  });
  return {
    receive: (notices) => Promise.all(notices.map((notice) => group.add(notice))),
    idle: group.idle,
    waiting: group.waiting,
  };
}

/** `paymentId` of the attempt that a booked notice moves. */
type Decision = { outcome: Outcome; detail: string | null; paymentId?: string };
type Booking = { outcomes: Outcome[]; news: News[]; toAsk: { gateway: string; reference: string }[] };

/**
 * One transaction for a whole batch: inbox, attempts, journals, totals, donations and news. Locks are taken in the
 * order in which every verb takes them: inbox keys, payments, accounts, campaigns, feeds.
 */
export function book(db: Db, notices: Notice[]): Promise<Booking> {
  return acting(db, 'system', 'donations.book', async (tx) => {
    const [fresh, payments] = await together([
      tx.notices.insert(notices.map(inboxRow)),
      tx.payments.lock(notices.filter((n) => n.kind === 'payment').map(keyOf)),
    ]);
    const byKey = new Map(payments.map((payment) => [`${payment.gateway} ${payment.reference}`, payment]));

    const moves = new Map<string, Move>();
    const events: NewEvent[] = [];
    const corrected: { id: bigint; outcome: Outcome; detail: string | null }[] = [];
    const toAsk: Booking['toAsk'] = [];
    /** Where the notice stands that moves an attempt. */
    const movedBy = new Map<string, { id: bigint; index: number }>();
    const outcomes = notices.map((notice, index): Outcome => {
      const inboxKey = `${notice.gateway} ${notice.dedupeKey}`;
      const id = fresh.get(inboxKey);
      if (id === undefined) return 'duplicate';
      fresh.delete(inboxKey);
      const { outcome, detail, paymentId } = decide(notice, byKey, moves);
      if (outcome !== 'booked') corrected.push({ id, outcome, detail });
      else if (paymentId) movedBy.set(paymentId, { id, index });
      if (outcome === 'noted' && notice.kind === 'payment')
        toAsk.push({ gateway: notice.gateway, reference: notice.word.reference });
      if (outcome === 'quarantined') {
        const reference = referenceOf(notice);
        events.push({
          feed: FINANCE,
          type: 'notice.quarantined',
          data: { gateway: notice.gateway, reference, reason: detail },
        });
      }
      return outcome;
    });

    const changed = payments.flatMap((payment) => {
      const move = moves.get(payment.id);
      return move && move.status !== move.was ? [{ payment, move }] : [];
    });
    const { winners, surplus } = contest(changed.filter(({ move }) => move.status === 'paid'));
    for (const { payment } of surplus) {
      const by = movedBy.get(payment.id);
      if (!by) continue;
      outcomes[by.index] = 'quarantined';
      corrected.push({ id: by.id, outcome: 'quarantined', detail: PAID_TWICE });
    }
    // Sent in this order without waiting in between: eleven round trips a batch were five, and the database waits
    // less for us (bench:ingest).
    const [moved, , paid, ended] = await together([
      tx.payments.move([...moves.values()]),
      tx.notices.decide(corrected),
      pay(tx, winners, surplus),
      end(
        tx,
        changed.filter(({ move }) => ENDED.has(move.status)),
      ),
    ]);
    assert(moved.size === moves.size, 'a locked attempt changed');
    return { outcomes, news: await tx.feeds.append([...events, ...paid, ...ended]), toAsk };
  });
}

type Changed = { payment: LockedPayment; move: Move };

const PAID_TWICE = 'a donation that is paid already was paid again';

/**
 * Which paid attempts answer an open gift. Donations are locked with their attempts, so their status still holds. The
 * second paid attempt of one donation is real money that answers no gift: it waits for a person.
 */
function contest(paid: Changed[]): { winners: Map<string, Changed>; surplus: Changed[] } {
  const winners = new Map<string, Changed>();
  const surplus: Changed[] = [];
  for (const one of paid) {
    const { donation_id: id, donation_status: status } = one.payment;
    if (PAYABLE.has(status) && !winners.has(id)) winners.set(id, one);
    else surplus.push(one);
  }
  return { winners, surplus };
}

/** Captures what is paid: journals, then totals, then donations, and what each feed hears of it. */
async function pay(tx: Tx, winners: Map<string, Changed>, surplus: Changed[]): Promise<NewEvent[]> {
  if (winners.size + surplus.length === 0) return [];
  const booked = post(tx, [
    ...[...winners.values()].map((one) => captureOf(paidOf(one))),
    ...surplus.map((one) => suspenseOf(paidOf(one))),
  ]);
  const events: NewEvent[] = surplus.map(({ payment }) => ({
    feed: FINANCE,
    type: 'notice.quarantined',
    data: {
      gateway: payment.gateway,
      reference: payment.reference,
      reason: PAID_TWICE,
    },
  }));
  if (winners.size === 0) {
    await booked;
    return events;
  }

  const sums = new Map<string, { campaignId: string; giftMinor: bigint; tipMinor: bigint; donors: number }>();
  for (const { payment } of winners.values()) {
    const sum = sums.get(payment.campaign_id) ?? {
      campaignId: payment.campaign_id,
      giftMinor: 0n,
      tipMinor: 0n,
      donors: 0,
    };
    sum.giftMinor += payment.gift_minor;
    sum.tipMinor += payment.tip_minor;
    sum.donors += 1;
    sums.set(payment.campaign_id, sum);
  }
  const [, , paid, after] = await together([
    booked,
    tx.outbox.queueReceipts([...winners.keys()]),
    tx.donations.pay([...winners.keys()], [...sums.keys()]),
    tx.donations.addToTotals([...sums.values()]),
  ]);
  assert(paid.length === winners.size, 'a locked donation changed');

  // Each event carries the total as it stood with that gift: from the total before the batch, gift by gift.
  const running = new Map(
    after.map((row) => {
      const sum = sums.get(row.campaign_id);
      return [
        row.campaign_id,
        { raised: row.raised_minor - (sum?.giftMinor ?? 0n), donors: row.donor_count - (sum?.donors ?? 0) },
      ];
    }),
  );
  const at = paid[0]?.paid_at ?? new Date(0);
  // Same order as the wall: by time, then by id.
  for (const { payment } of [...winners.values()].sort((a, b) =>
    a.payment.donation_id < b.payment.donation_id ? -1 : 1,
  )) {
    const total = running.get(payment.campaign_id);
    assert(total, 'a campaign without totals');
    const before = total.raised;
    total.raised += payment.gift_minor;
    total.donors += 1;
    events.push(...newsOf(payment, at, before, total));
  }
  return events;
}

const MILESTONES = [25, 50, 75, 100] as const;

function newsOf(
  payment: LockedPayment,
  at: Date,
  before: bigint,
  total: { raised: bigint; donors: number },
): NewEvent[] {
  const totals = { raised: rupiah(total.raised), donorCount: total.donors };
  const hidden = payment.hidden_at !== null;
  const held = payment.message_status === 'held';
  const row = {
    id: payment.donation_id,
    public_name: hidden ? null : payment.public_name,
    gift_minor: payment.gift_minor,
    tip_minor: payment.tip_minor,
    paid_at: at,
    message: payment.message_status === 'shown' && !hidden ? payment.message : null,
    message_held: held,
  };
  const gift = rupiah(payment.gift_minor);
  const events: NewEvent[] = [
    { feed: campaignFeed(payment.campaign_id), type: 'donation.received', data: wallItem(row), totals },
    { feed: ownerFeed(payment.campaign_id), type: 'donation.received', data: ownerItem(row), totals },
    { feed: donationFeed(payment.donation_id), type: 'donation.paid', data: { paidAt: at.toISOString() } },
  ];
  // Hidden while it was being paid: it counts, nameless, and leaves every wall again.
  if (hidden) {
    const feeds = [campaignFeed(payment.campaign_id), ownerFeed(payment.campaign_id)];
    events.push(
      ...feeds.map((feed) => ({ feed, type: 'donation.hidden', data: { id: payment.donation_id } })),
    );
  }
  for (const percent of MILESTONES) {
    const mark = (payment.goal_minor * BigInt(percent)) / 100n;
    if (before < mark && total.raised >= mark) {
      events.push({
        feed: campaignFeed(payment.campaign_id),
        type: 'campaign.milestone',
        data: { percent },
        totals,
      });
    }
  }
  if (payment.user_id) {
    const data = { id: payment.donation_id, campaignId: payment.campaign_id, gift };
    events.push({ feed: userFeed(payment.user_id), type: 'donation.paid', data });
  }
  if (held && payment.message) {
    const data = heldMessage({
      donation_id: payment.donation_id,
      body: payment.message,
      reasons: payment.message_reasons ?? [],
      paid_at: at,
      gift_minor: payment.gift_minor,
      campaign_id: payment.campaign_id,
      campaign_slug: payment.campaign_slug,
      campaign_title: payment.campaign_title,
    });
    events.push({ feed: MODERATION, type: 'message.held', data });
  }
  return events;
}

/** Ends donations whose last open attempt has come to nothing; the donor's page hears it and offers another way. */
async function end(tx: Tx, changed: Changed[]): Promise<NewEvent[]> {
  if (changed.length === 0) return [];
  const byDonation = new Map(changed.map((one) => [one.payment.donation_id, one]));
  const ended = await tx.donations.endUnpaid(
    [...byDonation].map(([id, { move }]) => ({
      id,
      status: move.status as 'failed' | 'expired' | 'cancelled',
    })),
  );
  return [...byDonation].flatMap(([id, { payment, move }]) =>
    ended.has(id)
      ? [
          {
            feed: donationFeed(id),
            type: move.status === 'expired' ? 'donation.expired' : 'donation.failed',
            data: { method: payment.method },
          },
        ]
      : [],
  );
}

const ENDED: ReadonlySet<PaymentStatus> = new Set(['failed', 'expired', 'cancelled']);
const PAYABLE: ReadonlySet<string> = new Set(['pending', 'expired', 'failed', 'cancelled']);
const RANK: Record<PaymentStatus, number> = {
  created: 0,
  pending: 1,
  authorized: 2,
  failed: 3,
  expired: 3,
  cancelled: 3,
  paid: 4,
};

/**
 * What one notice does to its attempt, as it stands after the notices before it in the same batch. Notices come
 * doubled and in any order: news of a lower rank than what is known is kept and ignored; what contradicts it is
 * asked about or put before a person, never simply believed.
 */
function decide(notice: Notice, byKey: Map<string, LockedPayment>, moves: Map<string, Move>): Decision {
  if (notice.kind !== 'payment')
    return { outcome: 'quarantined', detail: `${notice.kind}: ${notice.detail}` };
  const { word } = notice;
  const payment = byKey.get(`${notice.gateway} ${word.reference}`);
  if (!payment) return { outcome: 'quarantined', detail: 'no payment has this reference' };
  if (word.currency !== payment.currency || word.amountMinor !== payment.amount_minor) {
    const said = `${word.currency} ${word.amountMinor}`;
    return {
      outcome: 'quarantined',
      detail: `says ${said}, asked were ${payment.currency} ${payment.amount_minor}`,
    };
  }
  const known = moves.get(payment.id)?.status ?? payment.status;
  if (known === 'paid' && ENDED.has(word.status)) {
    return { outcome: 'quarantined', detail: `says ${word.status} of what is paid` };
  }
  const detail = `says ${word.status}, is ${known}`;
  if (RANK[word.status] <= RANK[known]) {
    if (payment.gateway_transaction_id === null) learn(payment, word.transactionId, moves);
    return { outcome: 'ignored', detail };
  }
  if (ENDED.has(known) && !word.confirmed) {
    // One order may be tried more than once on the gateway's page: it is this try that is asked about.
    learn(payment, word.transactionId, moves);
    return { outcome: 'noted', detail };
  }
  moves.set(payment.id, {
    id: payment.id,
    was: payment.status,
    status: word.status,
    transactionId: word.transactionId,
    at: word.at,
  });
  return { outcome: 'booked', detail: null, paymentId: payment.id };
}

/** Keeps the gateway's own id of an attempt that stays as it is: some payments can be asked about by it alone. */
function learn(payment: LockedPayment, transactionId: string | null, moves: Map<string, Move>): void {
  const { id, status } = payment;
  if (transactionId === null || status === 'paid' || moves.has(id)) return;
  moves.set(id, { id, was: status, status, transactionId, at: new Date(0) });
}

/** Keeps the one notice that cannot be booked, and says so to finance: it is answered as received. */
function setAside(db: Db, notice: Notice, error: unknown): Promise<News[]> {
  return acting(db, 'system', 'donations.set-aside', async (tx) => {
    const detail = error instanceof Error ? error.message.slice(0, DETAIL_MAX) : 'unknown';
    await tx.notices.setAside({ ...inboxRow(notice), detail });
    const data = { gateway: notice.gateway, reference: referenceOf(notice) };
    return tx.feeds.append([{ feed: FINANCE, type: 'notice.failed', data }]);
  });
}
const DETAIL_MAX = 500;

const referenceOf = (notice: Notice): string | null =>
  notice.kind === 'payment' ? notice.word.reference : notice.reference;

const keyOf = (notice: Notice): { gateway: string; reference: string } => ({
  gateway: notice.gateway,
  reference: referenceOf(notice) ?? '',
});

const inboxRow = (notice: Notice) => ({
  gateway: notice.gateway,
  dedupeKey: notice.dedupeKey,
  reference: referenceOf(notice),
  kind: notice.kind,
  rawBody: notice.rawBody,
});

const paidOf = ({ payment, move }: Changed): Paid => ({
  paymentId: payment.id,
  campaignId: payment.campaign_id,
  gateway: payment.gateway,
  giftMinor: payment.gift_minor,
  tipMinor: payment.tip_minor,
  currency: payment.currency,
  paidAt: move.at,
});
