/** The longest delay that setTimeout takes; a longer one fires at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

export type Timers = {
  /** Runs `work` after `ms`; the returned function takes it back. After `close` nothing runs any more. */
  after(ms: number, work: () => void): () => void;
  /** Resolves after `ms`, or at `close`, so that nobody waits for ever. */
  sleep(ms: number): Promise<void>;
  /** Resolves when `promise` settles or after `ms`, whichever is first; never rejects. */
  atMost(ms: number, promise: Promise<unknown>): Promise<void>;
  readonly closed: boolean;
  close(): void;
};

/** Every timer of one simulator, so that closing it leaves none behind. */
export function timers(): Timers {
  const stops = new Set<() => void>();
  let closed = false;

  function after(ms: number, work: () => void, onClose?: () => void): () => void {
    if (closed) {
      onClose?.();
      return () => {};
    }
    const due = Date.now() + ms;
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = Math.max(0, due - Date.now());
      handle = setTimeout(
        () => {
          if (left > TIMEOUT_MS_MAX) return arm();
          stops.delete(stop);
          work();
        },
        Math.min(left, TIMEOUT_MS_MAX),
      );
      // A VA that expires tomorrow must not keep the process alive until then.
      handle.unref();
    };
    const stop = () => {
      clearTimeout(handle);
      stops.delete(stop);
      if (closed) onClose?.();
    };
    stops.add(stop);
    arm();
    return stop;
  }

  return {
    after: (ms, work) => after(ms, work),
    sleep: (ms) => new Promise((resolve) => after(ms, resolve, resolve)),
    atMost: (ms, promise) =>
      new Promise((resolve) => {
        const stop = after(ms, resolve, resolve);
        const done = () => {
          stop();
          resolve();
        };
        promise.then(done, done);
      }),
    get closed() {
      return closed;
    },
    close() {
      closed = true;
      for (const stop of [...stops]) stop();
    },
  };
}
