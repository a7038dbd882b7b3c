import { randomUUID } from 'node:crypto';
import type { Outcome } from '../gateway.ts';
import type { Scenarios } from '../scenarios.ts';
import { quirk } from '../teller.ts';
import type { Timers } from '../timers.ts';
import type { Method } from './methods.ts';
import {
  mayBecome,
  type Order,
  type Refund,
  refunded,
  type Session,
  type Status,
  type Transaction,
} from './transaction.ts';

/** Orders remembered; beyond, the oldest finished one is forgotten, then the oldest that nobody paid. */
export const ORDERS_MAX = 20_000;
/** Snap tokens of one order that stay valid. */
const TOKENS_PER_ORDER_MAX = 10;

/** All that is known of one order_id: its Snap tokens and, once a method is chosen, its transaction. */
export type Entry = { orderId: string; sessions: Session[]; transaction?: Transaction };

export type Choice = {
  method?: string;
  /** On a desktop GoPay shows a QRIS, and the payment's type is then qris. */
  desktop?: boolean;
  /** Rupiah that the bank takes back in part; half of the payment unless said otherwise. */
  amount?: number;
};

export type RefundRequest = { key?: string; amount?: number; reason?: string; method: 'online' | 'offline' };

export type Orders = ReturnType<typeof orders>;

export const ACTIONS = ['pay', 'fail', 'expire', 'cancel'] as const;
/** Beyond what a customer can do: the card batch, the bank that takes it back, the reversal after days. */
export const CONTROL_ACTIONS = [...ACTIONS, 'settle', 'chargeback', 'partial_chargeback', 'reverse'] as const;

/** Midtrans' memory: orders, their tokens and transactions, and every change of state. */
export function orders(options: {
  timers: Timers;
  scenarios: Scenarios;
  notify: (transaction: Transaction) => void;
  refundConfirmMs: number;
  ordersMax: number;
}) {
  const { timers, scenarios, notify, refundConfirmMs, ordersMax } = options;
  const entries = new Map<string, Entry>();
  const byTransactionId = new Map<string, Entry>();
  const byToken = new Map<string, Entry>();
  // Both in the order of arrival, so that the oldest is found without a search.
  const finished = new Set<string>();
  const unchosen = new Set<string>();
  let refundCount = 0;

  function forget(orderId: string) {
    const entry = entries.get(orderId);
    if (!entry) return;
    entries.delete(orderId);
    finished.delete(orderId);
    unchosen.delete(orderId);
    for (const { token } of entry.sessions) byToken.delete(token);
    if (entry.transaction) {
      entry.transaction.stopExpiry();
      byTransactionId.delete(entry.transaction.transactionId);
    }
  }

  /** Undefined when every order remembered is still waiting for its money. */
  function entryFor(orderId: string): Entry | undefined {
    const known = entries.get(orderId);
    if (known) return known;
    if (entries.size >= ordersMax) {
      const [oldest] = finished.size > 0 ? finished : unchosen;
      if (oldest === undefined) return undefined;
      forget(oldest);
    }
    const entry: Entry = { orderId, sessions: [] };
    entries.set(orderId, entry);
    unchosen.add(orderId);
    return entry;
  }

  /** A new token for the order; an order without a method may get several, each with its own request. */
  function open(order: Order, expiresAt: number): Session | undefined {
    const entry = entryFor(order.orderId);
    if (!entry) return undefined;
    const session = { token: randomUUID(), order, createdAt: Date.now(), expiresAt };
    entry.sessions.push(session);
    byToken.set(session.token, entry);
    if (entry.sessions.length > TOKENS_PER_ORDER_MAX) {
      const dropped = entry.sessions.shift();
      if (dropped) byToken.delete(dropped.token);
    }
    return session;
  }

  function enter(transaction: Transaction, status: Status) {
    const { orderId } = transaction.order;
    transaction.status = status;
    if (status !== 'pending') {
      transaction.stopExpiry();
      if (entries.has(orderId)) finished.add(orderId);
    }
    if (status === 'settlement') transaction.settledAt = Date.now();
    notify(transaction);
    if (status === 'settlement') {
      const denied = quirk(transaction, 'deny-after-settlement', scenarios);
      if (denied) timers.after(denied.ms ?? 0, () => void move(transaction, 'deny'));
    }
    if (status === 'expire') {
      const late = quirk(transaction, 'late-payment', scenarios);
      if (late) {
        timers.after(late.ms ?? 0, () => {
          if (transaction.status === 'expire') enter(transaction, 'settlement');
        });
      }
    }
  }

  /** False when the table forbids it. */
  function move(transaction: Transaction, to: Status): boolean {
    if (!mayBecome(transaction, to)) return false;
    enter(transaction, to);
    return true;
  }

  function create(entry: Entry, order: Order, method: Method, first: Status, desktop: boolean): Transaction {
    const now = Date.now();
    const transactionId = randomUUID();
    const fee = scenarios.take('fee-imposition', { orderId: order.orderId })?.fee ?? 0;
    const asQris =
      method.name === 'gopay' &&
      (desktop || scenarios.take('gopay-as-qris', { orderId: order.orderId }) !== undefined);
    const { startAt = now, durationMs } = order.expiry ?? { durationMs: method.expiryMs };
    const challenged =
      first === 'capture' && scenarios.take('challenge', { orderId: order.orderId }) !== undefined;
    const transaction: Transaction = {
      orderId: order.orderId,
      transactionId,
      order,
      method,
      paymentType: asQris ? 'qris' : method.paymentType,
      details: asQris ? { acquirer: 'gopay' } : method.details(transactionId),
      grossAmount: order.amount + fee,
      fee,
      status: first,
      fraudStatus: challenged ? 'challenge' : 'accept',
      createdAt: now,
      expiresAt: method.expiryFixed ? now + method.expiryMs : startAt + durationMs,
      refunds: [],
      quirks: new Map(),
      disordered: false,
      notifications: [],
      turn: Promise.resolve(),
      stopExpiry: () => {},
    };
    entry.transaction = transaction;
    unchosen.delete(order.orderId);
    byTransactionId.set(transactionId, entry);
    if (first === 'pending') {
      transaction.stopExpiry = timers.after(transaction.expiresAt - now, () => lapse(transaction));
    }
    enter(transaction, first);
    return transaction;
  }

  /** The timer does this on time; whoever asks in the same millisecond must not see it pending. */
  function lapse(transaction: Transaction): Transaction {
    if (transaction.status === 'pending' && Date.now() >= transaction.expiresAt) move(transaction, 'expire');
    return transaction;
  }

  /** The Core API's charge. Undefined when there is no room; `taken` when the order_id was used before. */
  function charge(order: Order, method: Method): Transaction | 'taken' | undefined {
    const entry = entryFor(order.orderId);
    if (!entry) return undefined;
    if (entry.transaction) return 'taken';
    const transaction = create(entry, order, method, 'pending', false);
    // Every simulated payment has a page, also one that was charged without Snap.
    open(order, transaction.expiresAt);
    return transaction;
  }

  /** The method chosen on a payment page: the transaction begins, or the one that has begun. */
  function choose(entry: Entry, session: Session, method: Method, desktop = false): Transaction {
    return entry.transaction ?? create(entry, session.order, method, 'pending', desktop);
  }

  const conflict = (detail: string): Outcome => ({ ok: false, reason: 'conflict', detail });
  const became = (transaction: Transaction): Outcome => ({ ok: true, status: transaction.status });

  function pay(transaction: Transaction): Outcome {
    if (transaction.status === 'settlement' || transaction.status === 'capture') return became(transaction);
    if (transaction.status === 'pending') {
      const late = quirk(transaction, 'late-payment', scenarios);
      const paid = transaction.method.face === 'card' ? 'capture' : 'settlement';
      move(transaction, late ? 'expire' : paid);
      return became(transaction);
    }
    // The bank took the money although the gateway had given up waiting.
    if (transaction.status === 'expire' && quirk(transaction, 'late-payment', scenarios)) {
      enter(transaction, 'settlement');
      return became(transaction);
    }
    return conflict(`The payment is ${transaction.status} already.`);
  }

  function change(transaction: Transaction, from: readonly Status[], to: Status): Outcome {
    if (transaction.status === to) return became(transaction);
    if (from.includes(transaction.status) && move(transaction, to)) return became(transaction);
    return conflict(`The payment is ${transaction.status} and cannot become ${to}.`);
  }

  /** The payer's bank takes a part back: told as a refund without a key, which is a guess. */
  function takeBack(transaction: Transaction, amount: number): Outcome {
    const { status, grossAmount } = transaction;
    if (status === 'partial_chargeback') return became(transaction);
    if (status !== 'settlement' || amount >= grossAmount) {
      return conflict(`The payment is ${status}, and ${amount} of ${grossAmount} cannot be taken back.`);
    }
    refundCount += 1;
    transaction.refunds.push({
      id: refundCount,
      uuid: randomUUID(),
      amount,
      reason: 'chargeback',
      method: 'offline',
      createdAt: Date.now(),
    });
    move(transaction, 'partial_chargeback');
    return became(transaction);
  }

  /**
   * What a customer (or a test) does to a payment; begins the transaction if no method was chosen yet.
   * Twice the same is once: a double click on "pay" is no error.
   */
  function act(entry: Entry, session: Session | undefined, action: string, how: Choice = {}): Outcome {
    let { transaction } = entry;
    if (!transaction) {
      const page = session ?? entry.sessions.at(-1);
      if (!page || Date.now() >= page.expiresAt) return conflict('The payment page has expired.');
      const method = how.method
        ? page.order.enabled.find((m) => m.name === how.method)
        : page.order.enabled[0];
      if (!method) return conflict(`The method ${how.method} is not offered for this payment.`);
      // A card is charged when it is entered: there is nothing pending before.
      const direct = method.face === 'card' ? { pay: 'capture' as const, fail: 'deny' as const } : {};
      const first = (direct as Record<string, Status>)[action];
      transaction = create(entry, page.order, method, first ?? 'pending', how.desktop ?? false);
      if (first) return became(transaction);
    }
    lapse(transaction);
    switch (action) {
      case 'pay':
        return pay(transaction);
      case 'fail':
        return change(transaction, ['pending'], 'deny');
      case 'expire':
        return change(transaction, ['pending'], 'expire');
      case 'cancel':
        return change(transaction, ['pending'], 'cancel');
      case 'settle':
        return change(transaction, ['capture'], 'settlement');
      case 'reverse':
        return change(transaction, ['settlement'], 'deny');
      case 'chargeback':
        return change(transaction, ['settlement', 'partial_chargeback'], 'chargeback');
      case 'partial_chargeback':
        return takeBack(transaction, how.amount ?? Math.ceil(transaction.grossAmount / 2));
      default:
        return conflict(`No such action: ${action}.`);
    }
  }

  /** The refund made, or the status_code of the documented refusal. */
  function refund(transaction: Transaction, request: RefundRequest): Refund | '406' | '412' | '414' {
    const { status, method } = transaction;
    if ((status !== 'settlement' && status !== 'partial_refund') || method.refund === 'none') return '412';
    if (transaction.refunds.some((earlier) => earlier.key === request.key)) return '406';
    const left = transaction.grossAmount - refunded(transaction);
    const wanted = request.amount ?? left;
    if (wanted <= 0 || wanted > left) return '414';
    if (method.refund === 'full' && wanted < transaction.grossAmount) return '414';
    refundCount += 1;
    const made: Refund = {
      id: refundCount,
      uuid: randomUUID(),
      key: request.key ?? randomUUID(),
      amount: wanted,
      ...(request.reason === undefined ? {} : { reason: request.reason }),
      method: request.method,
      createdAt: Date.now(),
    };
    transaction.refunds.push(made);
    move(transaction, wanted === left ? 'refund' : 'partial_refund');
    // The bank confirms later, and that is a second notification with the same status.
    timers.after(refundConfirmMs, () => {
      made.confirmedAt = Date.now();
      notify(transaction);
    });
    return made;
  }

  /** The merchant's word on a capture that the fraud check left open. */
  function review(transaction: Transaction, accepted: boolean): boolean {
    if (transaction.status !== 'capture' || transaction.fraudStatus !== 'challenge') return false;
    transaction.fraudStatus = accepted ? 'accept' : 'deny';
    enter(transaction, accepted ? 'capture' : 'deny');
    return true;
  }

  return {
    open,
    review,
    charge,
    choose,
    act,
    move,
    refund,
    /** True when the order has a transaction, whatever became of it. */
    isTaken: (orderId: string): boolean => entries.get(orderId)?.transaction !== undefined,
    order: (orderId: string): Entry | undefined => entries.get(orderId),
    /** The page behind a token. */
    page(token: string): { entry: Entry; session: Session } | undefined {
      const entry = byToken.get(token);
      const session = entry?.sessions.find((s) => s.token === token);
      if (!entry || !session) return undefined;
      if (entry.transaction) lapse(entry.transaction);
      return { entry, session };
    },
    /** As the Core API finds one: by transaction_id, or by order_id where the method allows that. */
    find(id: string): Transaction | undefined {
      const found = byTransactionId.get(id)?.transaction;
      if (found) return lapse(found);
      const ordered = entries.get(id)?.transaction;
      return ordered && !ordered.method.byTransactionIdOnly ? lapse(ordered) : undefined;
    },
    /** Newest first. */
    newest: (limit: number): Entry[] => [...entries.values()].slice(-limit).reverse(),
  };
}
