import type { Alert } from '../alerts/queue.ts';

/** An alert leaves the screen before the next one comes. */
export const LEAVE_MS = 500;

export type Player = {
  /** Goes on with what waits, if nothing is on the screen. */
  wake(): void;
  /** Ends what is on the screen; with `id`, only if it is that gift. */
  end(id?: string): void;
  close(): void;
};

/**
 * Shows one alert after the other: none begins before the one before it has left the screen and has been read out.
 * `show` gets null when the screen is to be empty.
 */
export function player({
  next,
  show,
  play,
}: {
  next(): Alert | null;
  show(alert: Alert | null): void;
  /** Sound, voice and time of one alert; resolves when it is over. Stopped by the signal. */
  play(alert: Alert, stop: AbortSignal): Promise<void>;
}): Player {
  let now: { alert: Alert; stop: AbortController } | null = null;
  let isLeaving = false;
  let isClosed = false;

  async function run(alert: Alert): Promise<void> {
    const stop = new AbortController();
    now = { alert, stop };
    show(alert);
    await play(alert, stop.signal).catch(() => undefined);
    now = null;
    isLeaving = true;
    show(null);
    await waited(LEAVE_MS);
    isLeaving = false;
    wake();
  }

  function wake(): void {
    if (now || isLeaving || isClosed) return;
    const alert = next();
    if (alert) void run(alert);
  }

  return {
    wake,
    end(id) {
      if (!now) return;
      if (id !== undefined && (now.alert.kind === 'together' || now.alert.gift.id !== id)) return;
      now.stop.abort();
    },
    close() {
      isClosed = true;
      now?.stop.abort();
    },
  };
}

/** A while; shorter if it is stopped. */
export const waited = (ms: number, stop?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stop?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    stop?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
