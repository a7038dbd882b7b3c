import type { Totals } from '../../../server/protocol/campaigns.ts';
import type { FeedEvent, FeedPage } from '../../../server/protocol/feeds.ts';
import type { AlertQueue } from './queue.ts';

/** Under load a frame may leave out events twenty times a second; they are read together, at most this often. */
export const READ_EVERY_MS = 1_000;
const RETRY_MS_MAX = 30_000;
/** Sums that are kept beside numbers of events, so that a leap knows how much lies between. */
const SUMS_MAX = 1_000;

/** Where one goes on after a reload: everything up to `seq` was told, and the sums stood so. */
export type Told = { epoch: string; seq: number; totals: Totals };
type State = { totals: Totals };

export type KeepingUp = {
  /** Events that came; what does not fit is read. */
  news(events: FeedEvent[], head: number): void;
  /** To be called when the queue has given an alert away. */
  remember(): void;
  close(): void;
};

/**
 * Fills an alert queue from a feed without a hole: news that fits is taken at once, everything else is read by number.
 * What is further behind than the server tells one by one is told together, by what the sums have grown. `read` throws
 * while there is no line; then it is asked again, later and later.
 */
export function keepUp({
  queue,
  read,
  told,
  onTold,
  onTaken,
  later = (work, ms) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
}: {
  queue: AlertQueue;
  read(from: { epoch: string; since: number } | null): Promise<FeedPage>;
  told: Told | null;
  onTold(told: Told): void;
  onTaken(): void;
  later?: (work: () => void, ms: number) => () => void;
}): KeepingUp {
  let epoch = told?.epoch ?? null;
  let sums: { seq: number; totals: Totals }[] = told ? [told] : [];
  let head = 0;
  let isBusy = false;
  let failures = 0;
  let stop: (() => void) | null = null;
  let isClosed = false;
  if (told) queue.start(told.seq);

  function note(events: FeedEvent[]): void {
    for (const { seq, totals } of events) if (totals) sums.push({ seq, totals });
    if (sums.length > SUMS_MAX) sums = [...sums.slice(0, 1), ...sums.slice(-SUMS_MAX + 1)];
  }
  /** The sums as they stood at number `seq`, or at the nearest one before that is known. */
  const sumAt = (seq: number): Totals | undefined => sums.filter((sum) => sum.seq <= seq).at(-1)?.totals;

  function remember(): void {
    const seq = queue.told;
    const totals = seq === null ? undefined : sumAt(seq);
    if (seq === null || epoch === null || !totals) return;
    sums = sums.filter((sum, nth) => sum.seq > seq || (sums[nth + 1]?.seq ?? Infinity) > seq);
    onTold({ epoch, seq, totals });
  }

  function absorb(page: FeedPage): void {
    const isSame = page.epoch === epoch;
    head = page.head;
    if (page.state === undefined) {
      note(page.events.filter(({ seq }) => seq > (queue.taken ?? 0)));
      queue.take(page.events);
    } else {
      const { totals } = page.state as State;
      const before = isSame && queue.taken !== null ? sumAt(queue.taken) : undefined;
      if (before && page.head > (queue.taken ?? 0)) {
        queue.leap(page.head, {
          count: totals.donorCount - before.donorCount,
          amount: totals.raised.amount - before.raised.amount,
        });
      } else {
        // Another history, or the first look at this one: there is nothing that was promised and not told.
        queue.start(page.head);
      }
      epoch = page.epoch;
      sums.push({ seq: page.head, totals });
    }
    onTaken();
    remember();
  }

  async function catchUp(): Promise<void> {
    if (isBusy || isClosed) return;
    isBusy = true;
    try {
      const since = queue.taken;
      const page = await read(epoch === null || since === null ? null : { epoch, since });
      if (isClosed) return;
      failures = 0;
      absorb(page);
      again(READ_EVERY_MS);
    } catch {
      failures += 1;
      again(Math.min(RETRY_MS_MAX, READ_EVERY_MS * 2 ** failures) * (0.5 + Math.random() / 2));
    }
  }

  /** The next reading waits its time; it is spared if news has filled the hole meanwhile. */
  function again(ms: number): void {
    stop = later(() => {
      isBusy = false;
      if (failures > 0 || head !== queue.taken) void catchUp();
    }, ms);
  }

  void catchUp();
  return {
    news(events, latest) {
      head = latest;
      const before = queue.taken ?? 0;
      if (epoch !== null && queue.take(events)) {
        note(events.filter(({ seq }) => seq > before));
        onTaken();
        remember();
      }
      if (head !== queue.taken) void catchUp();
    },
    remember,
    close() {
      isClosed = true;
      stop?.();
    },
  };
}
