import { expect } from 'chai';
import fc from 'fast-check';
import type { FeedEvent } from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import {
  AHEAD_MAX,
  type Alert,
  alertQueue,
  FOLDED_MAX,
  type Gift,
  OLD_MS,
  WAITING_MAX,
} from '../../web/src/alerts/queue.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const idOf = (seq: number) => `gift-${seq}`;

const received = (seq: number, amount = 1_000 * seq, at = NOW): FeedEvent => ({
  seq,
  type: 'donation.received',
  at: new Date(at).toISOString(),
  data: {
    id: idOf(seq),
    name: `Donor ${seq}`,
    gift: rupiah(amount),
    message: null,
    at: new Date(at).toISOString(),
  },
});
const about = (seq: number, type: string, of: number, more: object = {}): FeedEvent => ({
  seq,
  type,
  at: new Date(NOW).toISOString(),
  data: { id: idOf(of), ...more },
});
const row = (from: number, to: number): FeedEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => received(from + i));
const made = (id: string): Gift => ({ id, name: 'Sari', amount: 25_000, message: null, at: '' });

function drain(queue: { next(nowMs: number): Alert | null }, nowMs = NOW): Alert[] {
  const all: Alert[] = [];
  for (let alert = queue.next(nowMs); alert; alert = queue.next(nowMs)) all.push(alert);
  return all;
}
const said = (alerts: Alert[]): string[] =>
  alerts.map((alert) => (alert.kind === 'together' ? `${alert.count} together` : alert.gift.id));

function started(since = 0, options: Parameters<typeof alertQueue>[0] = {}) {
  const queue = alertQueue(options);
  queue.start(since);
  return queue;
}

describe('The queue of alerts', () => {
  it('tells each gift once and in order, also when news come twice', () => {
    const queue = started();
    expect(queue.take(row(1, 2))).to.equal(true);
    expect(queue.take(row(1, 3))).to.equal(true);
    expect(said(drain(queue))).to.eql(['gift-1', 'gift-2', 'gift-3']);
    expect(queue.take(row(2, 3))).to.equal(true);
    expect(queue.next(NOW)).to.equal(null);
  });

  it('takes nothing of news with a hole in it, so that the missing ones can be asked for', () => {
    const queue = started(3);
    expect(queue.take(row(5, 6))).to.equal(false);
    expect([queue.taken, queue.next(NOW)]).to.eql([3, null]);
    expect(queue.take(row(4, 6))).to.equal(true);
    expect(said(drain(queue))).to.eql(['gift-4', 'gift-5', 'gift-6']);
    expect(alertQueue().take(row(1, 1)), 'before it knows where to start').to.equal(false);
  });

  it('goes on after a reload with the first gift that was not told yet', () => {
    const queue = started();
    queue.take([...row(1, 3), about(4, 'campaign.milestone', 0)]);
    expect(queue.told).to.equal(0);
    queue.next(NOW);
    expect(queue.told).to.equal(1);
    drain(queue);
    expect(queue.told, 'what has nothing to tell is behind us too').to.equal(4);
  });

  it('tells what is too much for one by one together, after those that came first', () => {
    const queue = started();
    queue.take(row(1, WAITING_MAX + 7));
    queue.take(row(WAITING_MAX + 8, WAITING_MAX + 9));
    const alerts = drain(queue);
    expect(alerts).to.have.length(WAITING_MAX + 1);
    const [from, to] = [WAITING_MAX + 1, WAITING_MAX + 9];
    const amount = row(from, to).reduce((sum, { seq }) => sum + 1_000 * seq, 0);
    const largest = { ...made(idOf(to)), name: `Donor ${to}`, amount: 1_000 * to };
    expect(alerts.at(-1)).to.deep.include({ kind: 'together', count: 9, amount, from, to });
    expect(alerts.at(-1)).to.have.property('largest').that.includes({ id: largest.id, name: largest.name });
  });

  it('tells together what is old, and then one by one what is not', () => {
    const queue = started();
    queue.take([received(1, 5_000, NOW - OLD_MS - 2), received(2, 6_000, NOW - OLD_MS - 1), ...row(3, 4)]);
    expect(said(drain(queue))).to.eql(['2 together', 'gift-3', 'gift-4']);
    queue.take([received(5, 5_000, NOW - 2 * OLD_MS)]);
    expect(said(drain(queue)), 'one alone is told as it is').to.eql(['gift-5']);
  });

  it('tells of gifts that nobody can list any more how many they were', () => {
    const queue = started();
    queue.take(row(1, 1));
    queue.leap(900, { count: 850, amount: 12_000_000 });
    queue.take([received(901, 7_000)]);
    const [first, rest] = drain(queue);
    expect(first).to.deep.include({ kind: 'gift', from: 1 });
    expect(rest).to.deep.include({ kind: 'together', count: 851, amount: 12_007_000, from: 2, to: 901 });
    queue.leap(950, { count: 0, amount: 0 });
    expect([queue.told, queue.next(NOW)]).to.eql([950, null]);
  });

  it('leaves out who was hidden and what went back, and names them to whoever shows one just now', () => {
    const gone: string[] = [];
    const queue = started(0, { onGone: (id) => gone.push(id) });
    queue.take([
      ...row(1, WAITING_MAX + 3),
      about(WAITING_MAX + 4, 'donation.hidden', 1),
      about(WAITING_MAX + 5, 'donation.refunded', 2, { returned: rupiah(2_000), left: rupiah(0) }),
      about(WAITING_MAX + 6, 'donation.refunded', 3, { returned: rupiah(1_000), left: rupiah(2_000) }),
      about(WAITING_MAX + 7, 'donation.hidden', WAITING_MAX + 3),
    ]);
    const alerts = drain(queue);
    expect(gone).to.eql(['gift-1', 'gift-2', idOf(WAITING_MAX + 3)]);
    expect(alerts[0]).to.have.property('gift').that.includes({ id: 'gift-3', amount: 2_000 });
    expect(alerts.at(-1)).to.include({ kind: 'together', count: 2 });
    expect(alerts.at(-1))
      .to.have.property('largest')
      .that.includes({ id: idOf(WAITING_MAX + 2) });
  });

  it('shows words that were read by a moderator while the gift waited', () => {
    const queue = started();
    queue.take([...row(1, 2), about(3, 'donation.message_shown', 2, { message: 'Semangat!' })]);
    const [, second] = drain(queue);
    expect(second).to.have.property('gift').that.includes({ message: 'Semangat!' });
  });

  it('leaves out gifts that are not worth an alert', () => {
    const queue = started(0, { isWorth: ({ amount }) => amount >= 2_000 });
    queue.take(row(1, 3));
    expect(said(drain(queue))).to.eql(['gift-2', 'gift-3']);
  });

  it('lets the team go ahead, a few times', () => {
    const queue = started();
    queue.take(row(1, 1));
    for (let nth = 1; nth <= AHEAD_MAX; nth++) expect(queue.ahead(made(`test-${nth}`), true)).to.equal(true);
    expect(queue.ahead(made('too many'), true)).to.equal(false);
    expect(queue.next(NOW)).to.deep.include({ kind: 'ahead', isTest: true });
    expect(queue.told, 'a test is no gift').to.equal(0);
    queue.clear();
    expect([queue.next(NOW), queue.told, queue.waiting]).to.eql([null, 1, 0]);
  });

  it('stays small whatever comes', () => {
    const queue = started();
    queue.take(row(1, 5 * FOLDED_MAX));
    expect(queue.waiting).to.equal(WAITING_MAX + 1);
    expect(drain(queue).at(-1)).to.include({ count: 5 * FOLDED_MAX - WAITING_MAX });
  });

  it('loses no gift and tells none twice, whatever the connection, the clock and OBS do', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('news' as const), by: fc.nat({ max: 40 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('lost' as const), by: fc.nat({ max: 5 }) }) },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('tell' as const), by: fc.nat({ max: 6 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('sleep' as const), by: fc.nat({ max: 2 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), by: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const feed: FeedEvent[] = [];
        let now = NOW;
        let queue = started();
        let toldTo = 0;
        let told = 0;
        const grow = (by: number) => {
          for (let nth = 0; nth < by; nth++) feed.push(received(feed.length + 1, 1_000, now));
        };
        const tell = (): boolean => {
          const alert = queue.next(now);
          if (!alert || alert.kind === 'ahead') return false;
          expect(alert.from, 'in order, with no hole and no repetition').to.equal(toldTo + 1);
          toldTo = alert.to;
          told += alert.kind === 'together' ? alert.count : 1;
          expect(told).to.equal(toldTo);
          return true;
        };
        for (const { kind, by } of steps) {
          if (kind === 'lost') grow(by);
          if (kind === 'news') {
            const before = feed.length;
            grow(by);
            // A hole is filled by asking, with more than was missing.
            if (!queue.take(feed.slice(before))) queue.take(feed.slice(Math.max(0, (queue.taken ?? 0) - 3)));
          }
          if (kind === 'sleep') now += by * OLD_MS;
          for (let nth = 0; kind === 'tell' && nth < by && tell(); nth++);
          if (kind === 'reload') queue = started(queue.told ?? 0);
          expect(queue.waiting).to.be.at.most(WAITING_MAX + 1);
        }
        queue.take(feed.slice(queue.taken ?? 0));
        while (tell());
        expect(told).to.equal(feed.length);
      }),
      { numRuns: 300 },
    );
  });
});
