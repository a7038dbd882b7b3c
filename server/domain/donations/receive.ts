import assert from 'node:assert/strict';
import type { Bus } from '../../bus.ts';
import type { NewEvent } from '../../db/feeds.ts';
import { acting, actingAtOnce, type Db, isDataError, Last, type Tx, together } from '../../db/open.ts';
import { donationFeed, FINANCE, type News } from '../../protocol/feeds.ts';
import { inboxRowOf, type Notice, type Outcome, referenceOf } from '../gateways/gateway.ts';
import { groupCommit } from '../group-commit.ts';
import { bookMoney, type Changed } from './book-money.ts';
import { decide, ENDED, type Standing } from './decide.ts';

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
  onPaid,
  batchMax = BATCH_MAX,
  queueMax = QUEUE_MAX,
}: {
  db: Db;
  bus: Bus;
  ask(gateway: string, reference: string): void;
  onBatch?(size: number): void;
  onFault?(fault: unknown): void;
  onSetAside?(notice: Notice, error: unknown): void;
  /** Hears of each gift that is paid and booked, its tip included. */
  onPaid?(gateway: string, amountMinor: bigint): void;
  batchMax?: number;
  queueMax?: number;
}): { receive: Receive; idle(): Promise<void>; waiting(): number } {
  const group = groupCommit<Notice, Outcome>({
    async commit(notices) {
      const { outcomes, news, toAsk, paid } = await book(db, notices);
      bus.publish(news);
      for (const { gateway, amountMinor } of paid) onPaid?.(gateway, amountMinor);
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

type Booking = {
  outcomes: Outcome[];
  news: News[];
  toAsk: { gateway: string; reference: string }[];
  paid: { gateway: string; amountMinor: bigint }[];
};

/**
 * One transaction for a whole batch: inbox, attempts, journals, totals, donations and news. Locks are taken in the
 * order in which every verb takes them: inbox keys, payments, accounts, campaigns, feeds.
 */
export function book(db: Db, notices: Notice[]): Promise<Booking> {
  return actingAtOnce(db, 'system', 'donations.book', async (tx) => {
    const [fresh, payments] = await together([
      tx.notices.insert(notices.map(inboxRowOf)),
      tx.payments.lock(notices.filter(isOfAPayment).map(keyOf)),
    ]);
    const standing: Standing = {
      byKey: new Map(payments.map((payment) => [`${payment.gateway} ${payment.reference}`, payment])),
      moves: new Map(),
      givings: [],
      ...(await returnsKnown(tx, notices, payments)),
    };

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
      const { outcome, detail, paymentId } = decide(notice, standing);
      if (outcome !== 'booked') corrected.push({ id, outcome, detail });
      else if (paymentId) movedBy.set(paymentId, { id, index });
      const reference = referenceOf(notice);
      if (outcome === 'noted' && reference) toAsk.push({ gateway: notice.gateway, reference });
      if (outcome === 'quarantined') {
        const data = { gateway: notice.gateway, reference, reason: detail };
        events.push({ feed: FINANCE, type: 'notice.quarantined', data });
      }
      return outcome;
    });

    const { moves, givings } = standing;
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
      const data = { gateway: payment.gateway, reference: payment.reference, reason: PAID_TWICE };
      events.push({ feed: FINANCE, type: 'notice.quarantined', data });
    }
    // Sent in this order without waiting in between: the database waits less for us. With the
    // ends of the transaction (see actingAtOnce) eleven round trips a batch became three (bench:ingest).
    const [moved, , booked, ended] = await together([
      tx.payments.move([...moves.values()]),
      tx.notices.decide(corrected),
      bookMoney(tx, { winners, surplus, givings }),
      end(
        tx,
        changed.filter(({ move }) => ENDED.has(move.status)),
      ),
    ]);
    assert(moved.size === moves.size, 'a locked attempt changed');
    const paid = [...winners.values()].map(({ payment }) => ({
      gateway: payment.gateway,
      amountMinor: payment.amount_minor,
    }));
    const said = tx.feeds.append([...events, ...booked, ...ended]);
    return new Last(said.then((news) => ({ outcomes, news, toAsk, paid })));
  });
}

const PAID_TWICE = 'a donation that is paid already was paid again';

const isOfAPayment = ({ kind }: Notice): boolean => kind !== 'other' && kind !== 'payout';

/** What is known of money that went back, read only where a notice speaks of such. */
async function returnsKnown(
  tx: Tx,
  notices: Notice[],
  payments: { id: string }[],
): Promise<Pick<Standing, 'refunds' | 'taken'>> {
  if (!notices.some(({ kind }) => kind === 'refund' || kind === 'dispute')) {
    return { refunds: new Map(), taken: new Map() };
  }
  const ids = payments.map(({ id }) => id);
  const refunds = await tx.refunds.ofPayments(ids);
  return {
    refunds: new Map(refunds.map((refund) => [`${refund.payment_id} ${refund.key}`, refund])),
    taken: await tx.disputes.taken(ids),
  };
}

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
const PAYABLE: ReadonlySet<string> = new Set(['pending', 'expired', 'failed', 'cancelled']);

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

/** Keeps the one notice that cannot be booked, and says so to finance: it is answered as received. */
function setAside(db: Db, notice: Notice, error: unknown): Promise<News[]> {
  return acting(db, 'system', 'donations.set-aside', async (tx) => {
    const detail = error instanceof Error ? error.message.slice(0, DETAIL_MAX) : 'unknown';
    await tx.notices.setAside({ ...inboxRowOf(notice), detail });
    const data = { gateway: notice.gateway, reference: referenceOf(notice) };
    return tx.feeds.append([{ feed: FINANCE, type: 'notice.failed', data }]);
  });
}
const DETAIL_MAX = 500;

const keyOf = (notice: Notice): { gateway: string; reference: string } => ({
  gateway: notice.gateway,
  reference: referenceOf(notice) ?? '',
});
