import { Refusal } from './refusal.ts';

/**
 * Callers answered in one turn of the event loop. An answer is work (a response is written, the next request read):
 * answering a whole batch at once kept the next one's first statement waiting 11 of 25 ms (bench:ingest). In small
 * portions the database works while we answer.
 */
const ANSWERS_PER_TURN = 4;

/**
 * Batches in flight at a time; the second one starts only when it is full. With a thousand callers the database then
 * works while we do (bench:ingest, hot_verb: 5,000 a second with one, 7,700 with two, no more with three). A second
 * batch that is not full costs more than it gains.
 */
const LANES_MAX = 2;

/**
 * Turns many small writes into few transactions. An item joins the batch that is forming while the one before it
 * commits: no timer, and no added wait when idle. A batch that is full does not wait for the one before it.
 *
 * `commit` books a whole batch in one transaction and answers one result per item, in order; the promise it returns
 * settles after the commit is confirmed. If it throws an error of the data itself (`isDataError`), the batch is cut
 * in two until the culprit stands alone, which then goes to `setAside`. Any other error means that nothing is known
 * to be booked: every caller of the batch gets Refusal 'unavailable' and is expected to come again, so `commit` must
 * be safe to repeat. A caller that went away cancels nothing.
 */
export function groupCommit<Item, Result>({
  commit,
  isDataError,
  setAside,
  batchMax,
  queueMax,
  onBatch = () => {},
  onFault = () => {},
}: {
  commit(items: Item[]): Promise<Result[]>;
  isDataError(error: unknown): boolean;
  setAside(item: Item, error: unknown): Promise<Result>;
  batchMax: number;
  queueMax: number;
  onBatch?(size: number): void;
  onFault?(fault: unknown): void;
}): { add(item: Item): Promise<Result>; idle(): Promise<void>; waiting(): number } {
  type Waiting = { item: Item; resolve(result: Result): void; reject(error: unknown): void };
  let queue: Waiting[] = [];
  let running = 0;
  const lanes = new Set<Promise<void>>();
  const answering = new Set<Promise<void>>();

  /** Whether another batch may set out beside `others`. */
  const isDue = (others: number): boolean =>
    others === 0 ? queue.length > 0 : others < LANES_MAX && queue.length >= batchMax;

  async function work(): Promise<void> {
    // Lets everything that arrived in this turn of the event loop into the first batch.
    await nextTurn();
    while (isDue(running - 1)) {
      const batch = queue.slice(0, batchMax);
      queue = queue.slice(batchMax);
      onBatch(batch.length);
      await settle(batch);
    }
    // In the same turn as the look at the queue: who is added from now on starts a lane of his own.
    running -= 1;
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const results = await commit(batch.map(({ item }) => item));
      const answers = answer(batch, results);
      answering.add(answers);
      void answers.finally(() => answering.delete(answers));
    } catch (error) {
      if (!isDataError(error)) return refuse(batch, error);
      const [only] = batch;
      if (batch.length === 1 && only) return setOneAside(only, error);
      const half = batch.length >> 1;
      await settle(batch.slice(0, half));
      await settle(batch.slice(half));
    }
  }

  async function answer(batch: Waiting[], results: Result[]): Promise<void> {
    for (const [index, { resolve }] of batch.entries()) {
      if (index > 0 && index % ANSWERS_PER_TURN === 0) await nextTurn();
      resolve(results[index] as Result);
    }
  }

  async function setOneAside(culprit: Waiting, error: unknown): Promise<void> {
    try {
      culprit.resolve(await setAside(culprit.item, error));
    } catch (fault) {
      refuse([culprit], fault);
    }
  }

  function refuse(batch: Waiting[], fault: unknown): void {
    for (const { reject } of batch) reject(busy());
    onFault(fault);
  }

  return {
    add(item) {
      if (queue.length >= queueMax) return Promise.reject(busy());
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        if (!isDue(running)) return;
        running += 1;
        const lane = work().finally(() => lanes.delete(lane));
        lanes.add(lane);
      });
    },
    /** Resolves when everything added so far is settled. */
    async idle() {
      while (lanes.size + answering.size > 0) await Promise.all([...lanes, ...answering]);
    },
    waiting: () => queue.length,
  };
}

const nextTurn = (): Promise<void> => new Promise((next) => setImmediate(next));

const busy = (): Refusal =>
  new Refusal('unavailable', 'We are busy. Please try again shortly.', { retryAfter: 1 });
