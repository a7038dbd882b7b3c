import type { Attempt, Courier } from '../courier.ts';
import type { Scenario, Scenarios } from '../scenarios.ts';
import type { Timers } from '../timers.ts';
import { type Merchant, notificationBody, statusCode } from './body.ts';
import type { Notification, Transaction } from './transaction.ts';

/** Notifications remembered of one transaction, and tries remembered of one notification. */
const NOTIFICATIONS_KEPT_MAX = 50;
const ATTEMPTS_KEPT_MAX = 50;
/** How long a notification waits for the first answer to the one before it. */
const TURN_WAIT_MS_MAX = 3_000;

/**
 * A scenario of this name that holds for the transaction. Once it has taken hold it stays, so that
 * `duplicate` doubles the pending notification and the settlement alike.
 */
export function quirk(transaction: Transaction, name: string, scenarios: Scenarios): Scenario | undefined {
  const held = transaction.quirks.get(name);
  if (held) return held;
  const taken = scenarios.take(name, { orderId: transaction.order.orderId });
  if (taken) transaction.quirks.set(name, taken);
  return taken;
}

/** Tells the merchant what a transaction has become, as truthfully or badly as the scenarios say. */
export function notifier(options: {
  courier: Courier;
  timers: Timers;
  scenarios: Scenarios;
  merchant: Merchant;
}): (transaction: Transaction) => void {
  const { courier, timers, scenarios, merchant } = options;

  function record(note: Notification, attempt: Attempt) {
    note.attemptCount += 1;
    if (attempt.httpStatus !== null && attempt.httpStatus >= 200 && attempt.httpStatus < 300) {
      note.delivered = true;
    }
    note.attempts.push(attempt);
    if (note.attempts.length > ATTEMPTS_KEPT_MAX) note.attempts.shift();
  }

  function enqueue(transaction: Transaction, note: Notification) {
    const use = (name: string) => quirk(transaction, name, scenarios);
    const delayMs = use('delay')?.ms ?? 0;
    const lost = use('loss') !== undefined && note.attemptCount === 0;
    const parallel = use('duplicate-parallel')?.times ?? 0;
    const times = use('duplicate')?.times ?? 1;
    const label = `midtrans ${transaction.order.orderId} ${note.status}`;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'Veritrans',
    };

    async function tell(url: string) {
      const parcel = { url, headers, body: note.body, label };
      const first = () => courier.deliver(parcel, (attempt) => record(note, attempt), { lost });
      const again = async () => record(note, await courier.send(parcel));
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
      await Promise.all(transaction.order.notifyUrls.map(tell));
    }
    // In order while the merchant answers; a merchant that hangs does not hold up the next one.
    transaction.turn = transaction.turn.then(() => timers.atMost(TURN_WAIT_MS_MAX, send()));
  }

  return (transaction) => {
    const note: Notification = {
      status: transaction.status,
      statusCode: statusCode(transaction, 'notification'),
      // Written now: a retry hours later still tells what was true when it happened.
      body: JSON.stringify(notificationBody(transaction, merchant)),
      attemptCount: 0,
      delivered: false,
      attempts: [],
    };
    const earlier = transaction.notifications.find((n) => n.status === 'pending');
    transaction.notifications.push(note);
    if (transaction.notifications.length > NOTIFICATIONS_KEPT_MAX) transaction.notifications.shift();

    const disorder = quirk(transaction, 'disorder', scenarios);
    if (disorder && note.status === 'pending') return;
    enqueue(transaction, note);
    // Sent after the news that it should have come before; when it went out already, it goes out again.
    if (disorder && earlier && !transaction.disordered) {
      transaction.disordered = true;
      enqueue(transaction, earlier);
    }
  };
}
