import { expect } from 'chai';
import fc from 'fast-check';
import type { FeedEvent, FeedPage } from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import { keepUp, type Told } from '../../web/src/alerts/keep-up.ts';
import { alertQueue } from '../../web/src/alerts/queue.ts';
import { until } from '../support/until.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const GIFT = 10_000;
const totalsAt = (seq: number) => ({ raised: rupiah(seq * GIFT), donorCount: seq });
const event = (seq: number): FeedEvent => ({
  seq,
  type: 'donation.received',
  at: new Date(NOW).toISOString(),
  data: { id: `gift-${seq}`, name: null, gift: rupiah(GIFT), message: null, at: new Date(NOW).toISOString() },
  totals: totalsAt(seq),
});
const row = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => event(from + i));

/** A feed in which every event is a gift, told over HTTP at most `max` at a time, with a line that may be down. */
function feed(max: number) {
  return {
    epoch: 'a',
    head: 3,
    isDown: false,
    reads: 0,
    async read(from: { epoch: string; since: number } | null): Promise<FeedPage> {
      this.reads += 1;
      if (this.isDown) throw new Error('no line');
      const { epoch, head } = this;
      const fits = from && from.epoch === epoch && from.since <= head && head - from.since <= max;
      return fits
        ? { epoch, head, events: row(from.since + 1, head) }
        : { epoch, head, events: [], state: { totals: totalsAt(head) } };
    },
  };
}

/** What one page does with it. Time passes only when `tick` says so. */
function page(source: ReturnType<typeof feed>, told: Told | null, from = told?.seq ?? source.head) {
  const waiting: (() => void)[] = [];
  const queue = alertQueue();
  const seen = { told, gifts: 0, to: from };
  const keeping = keepUp({
    queue,
    read: (at) => source.read(at),
    told,
    onTold: (next) => {
      seen.told = next;
    },
    onTaken: () => undefined,
    later: (work) => {
      waiting.push(work);
      return () => void waiting.splice(0);
    },
  });
  const settle = async () => {
    for (let nth = 0; nth < 8; nth++) await Promise.resolve();
  };
  return {
    seen,
    queue,
    keeping,
    settle,
    async tick() {
      await settle();
      waiting.shift()?.();
      await settle();
    },
    tell(): boolean {
      const alert = queue.next(NOW);
      if (!alert || alert.kind === 'ahead') return false;
      expect(alert.from).to.equal(seen.to + 1);
      seen.to = alert.to;
      seen.gifts += alert.kind === 'together' ? alert.count : 1;
      keeping.remember();
      return true;
    },
  };
}

describe('Keeping up with the gifts of a stream', () => {
  it('begins with the next gift where nothing was told before', async () => {
    const source = feed(5);
    const one = page(source, null);
    await one.settle();
    source.head = 4;
    one.keeping.news([event(4)], 4);
    expect(one.tell()).to.equal(true);
    expect(one.seen.told).to.deep.equal({ epoch: 'a', seq: 4, totals: totalsAt(4) });
    expect(source.reads, 'news that fits needs no question').to.equal(1);
  });

  it('tells what was missed one by one, and together what is too far behind for that', async () => {
    const source = feed(5);
    source.head = 6;
    const near = page(source, { epoch: 'a', seq: 3, totals: totalsAt(3) });
    await near.settle();
    while (near.tell());
    expect(near.seen).to.include({ gifts: 3, to: 6 });
    source.head = 900;
    const far = page(source, near.seen.told);
    await far.settle();
    const alert = far.queue.next(NOW);
    expect(alert).to.include({ kind: 'together', count: 894, amount: 894 * GIFT, from: 7, to: 900 });
  });

  it('asks again until the line is back, and asks no more often than it may', async () => {
    const source = feed(5);
    source.isDown = true;
    const one = page(source, { epoch: 'a', seq: 1, totals: totalsAt(1) });
    await one.tick();
    await one.tick();
    expect(source.reads).to.equal(3);
    source.isDown = false;
    await one.tick();
    while (one.tell());
    expect(one.seen.to).to.equal(3);
    const before = source.reads;
    for (let seq = 5; seq < 60; seq += 2) {
      source.head = seq;
      one.keeping.news([event(seq)], seq);
    }
    await one.settle();
    expect(source.reads - before).to.be.at.most(1);
    await one.tick();
    await until(() => one.queue.taken === source.head);
  });

  it('tells nothing of a history that was replaced', async () => {
    const source = feed(5);
    source.epoch = 'b';
    source.head = 2;
    const one = page(source, { epoch: 'a', seq: 3, totals: totalsAt(3) });
    await one.settle();
    expect(one.tell()).to.equal(false);
    expect(one.seen.told).to.deep.equal({ epoch: 'b', seq: 2, totals: totalsAt(2) });
  });

  it('loses no gift and tells none twice, whatever is thinned, breaks or is loaded anew', async () => {
    const step = fc.record({
      kind: fc.constantFrom(
        'news',
        'news',
        'thinned',
        'lost',
        'twice',
        'tell',
        'tell',
        'tick',
        'tick',
        'down',
        'up',
        'reload',
      ),
      by: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50, size: 'max' }), async (steps) => {
        const source = feed(12);
        const start = source.head;
        let one = page(source, { epoch: 'a', seq: start, totals: totalsAt(start) });
        let gifts = 0;
        for (const { kind, by } of steps) {
          const before = source.head;
          if (['news', 'thinned', 'lost'].includes(kind)) source.head += by;
          if (kind === 'news') one.keeping.news(row(before + 1, source.head), source.head);
          if (kind === 'twice') one.keeping.news(row(Math.max(1, before - by), before), before);
          if (kind === 'thinned') one.keeping.news([event(source.head)], source.head);
          if (kind === 'down' || kind === 'up') source.isDown = kind === 'down';
          if (kind === 'tick') await one.tick();
          for (let nth = 0; kind === 'tell' && nth < by && one.tell(); nth++);
          if (kind === 'reload') {
            one.keeping.close();
            gifts += one.seen.gifts;
            one = page(source, one.seen.told, one.seen.to);
          }
        }
        source.isDown = false;
        source.head += 1;
        for (let nth = 0; nth < 4; nth++) {
          one.keeping.news([event(source.head)], source.head);
          await one.tick();
        }
        while (one.tell());
        one.keeping.close();
        expect(one.seen.to).to.equal(source.head);
        expect(gifts + one.seen.gifts).to.equal(source.head - start);
      }),
      { numRuns: 200 },
    );
  });
});
