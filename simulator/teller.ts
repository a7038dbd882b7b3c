import type { Attempt, Courier } from './courier.ts';
import type { ListedNotification } from './gateway.ts';
import type { Scenario, Scenarios } from './scenarios.ts';
import type { Timers } from './timers.ts';

/** Notifications remembered of one subject, and tries remembered of one notification. */
const NOTIFICATIONS_KEPT_MAX = 50;
const ATTEMPTS_KEPT_MAX = 50;
/** How long a notification waits for the first answer to the one before it. */
const TURN_WAIT_MS_MAX = 3_000;

export type Notification = {
  status: string;
  statusCode: string;
  body: string;
  attemptCount: number;
  /** Some try was answered 2xx. */
  delivered: boolean;
  /** The latest. */
  attempts: Attempt[];
};

/** What a merchant is told about: a transaction, a payout. */
export type Subject = {
  orderId: string;
  quirks: Map<string, Scenario>;
  notifications: Notification[];
  /** Resolves when the notifications so far have had their turn. */
  turn: Promise<void>;
};

/**
 * A scenario of this name that holds for the subject. Once it has taken hold it stays, so that `duplicate` doubles the
 * pending notification and the settlement alike.
 */
export function quirk(
  { orderId, quirks }: Pick<Subject, 'orderId' | 'quirks'>,
  name: string,
  scenarios: Scenarios,
): Scenario | undefined {
  const held = quirks.get(name);
  if (held) return held;
  const taken = scenarios.take(name, { orderId });
  if (taken) quirks.set(name, taken);
  return taken;
}

/** Written now: a retry hours later still tells what was true when it happened. */
export function note(
  { notifications }: Subject,
  said: { status: string; statusCode: string; body: string },
): Notification {
  const written: Notification = { ...said, attemptCount: 0, delivered: false, attempts: [] };
  notifications.push(written);
  if (notifications.length > NOTIFICATIONS_KEPT_MAX) notifications.shift();
  return written;
}

export type Tell = (
  subject: Subject,
  told: Notification,
  how: { urls: readonly string[]; headers: Record<string, string>; label: string },
) => void;

/** Brings a notification to the merchant, as reliably or badly as the scenarios say. */
export function teller(options: { courier: Courier; timers: Timers; scenarios: Scenarios }): Tell {
  const { courier, timers, scenarios } = options;

  function record(told: Notification, attempt: Attempt) {
    told.attemptCount += 1;
    if (attempt.httpStatus !== null && attempt.httpStatus >= 200 && attempt.httpStatus < 300) {
      told.delivered = true;
    }
    told.attempts.push(attempt);
    if (told.attempts.length > ATTEMPTS_KEPT_MAX) told.attempts.shift();
  }

  return (subject, told, { urls, headers, label }) => {
    const use = (name: string) => quirk(subject, name, scenarios);
    const delayMs = use('delay')?.ms ?? 0;
    const lost = use('loss') !== undefined && told.attemptCount === 0;
    const parallel = use('duplicate-parallel')?.times ?? 0;
    const times = use('duplicate')?.times ?? 1;

    async function tell(url: string) {
      const parcel = { url, headers, body: told.body, label };
      const first = () => courier.deliver(parcel, (attempt) => record(told, attempt), { lost });
      const again = async () => record(told, await courier.send(parcel));
      if (parallel > 0) {
        await Promise.all([first(), ...Array.from({ length: parallel - 1 }, again)]);
        return;
      }
      await first();
      for (let sent = 1; sent < times && !timers.closed; sent++) await again();
    }

    async function send() {
      if (delayMs > 0) await timers.sleep(delayMs);
      if (timers.closed) return;
      await Promise.all(urls.map(tell));
    }
    // In order while the merchant answers; a merchant that hangs does not hold up the next one.
    subject.turn = subject.turn.then(() => timers.atMost(TURN_WAIT_MS_MAX, send()));
  };
}

export const listedNotes = (notifications: readonly Notification[]): ListedNotification[] =>
  notifications.map((told) => ({
    status: told.status,
    status_code: told.statusCode,
    attempts: told.attemptCount,
    http_status: told.attempts.at(-1)?.httpStatus ?? null,
    delivered: told.delivered,
    deliveries: told.attempts.map(({ at, url, httpStatus, error }) => ({
      at,
      url,
      http_status: httpStatus,
      ...(error === undefined ? {} : { error }),
    })),
  }));
