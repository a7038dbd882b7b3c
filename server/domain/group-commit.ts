import { Refusal } from './refusal.ts';

/**
 * Turns many small writes into few transactions. An item joins the batch that is forming while the one before it
 * commits: no timer, and no added wait when idle.
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
  let working: Promise<void> | null = null;

  async function work(): Promise<void> {
    // Lets everything that arrived in this turn of the event loop into the first batch.
    await new Promise((next) => setImmediate(next));
    while (queue.length > 0) {
      const batch = queue.slice(0, batchMax);
      queue = queue.slice(batchMax);
      onBatch(batch.length);
      await settle(batch);
    }
    working = null;
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const results = await commit(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      if (!isDataError(error)) return refuse(batch, error);
      const [only] = batch;
      if (batch.length === 1 && only) return setOneAside(only, error);
      const half = batch.length >> 1;
      await settle(batch.slice(0, half));
      await settle(batch.slice(half));
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
    onFault(fault);
    for (const { reject } of batch) reject(busy());
  }

  return {
    add(item) {
      if (queue.length >= queueMax) return Promise.reject(busy());
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        working ??= work();
      });
    },
    /** Resolves when everything added so far is settled. */
    async idle() {
      while (working) await working;
    },
    waiting: () => queue.length,
  };
}

const busy = (): Refusal =>
  new Refusal('unavailable', 'We are busy. Please try again shortly.', { retryAfter: 1 });
