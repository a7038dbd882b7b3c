import { Router } from 'express';
import { courier } from '../courier.ts';
import { faults } from '../faults.ts';
import type { Gateway, Listed } from '../gateway.ts';
import { scenarios } from '../scenarios.ts';
import { listedNotes, teller } from '../teller.ts';
import { timers } from '../timers.ts';
import { type CoreHttpStatus, core } from './core.ts';
import { notifier } from './notify.ts';
import { CONTROL_ACTIONS, type Entry, ORDERS_MAX, orders } from './orders.ts';
import { page } from './page.ts';
import { snap } from './snap.ts';
import { RETRY_DELAYS_MS, retriesFor } from './wire.ts';

const NOTIFY_TIMEOUT_MS = 15_000;

export type MidtransOptions = {
  serverKey: string;
  merchantId: string;
  /** Where notifications go unless a create names another address. */
  notifyUrl: string;
  /** Who is paid, as the payment page says. */
  merchantName?: string;
  /** HTTP status of the Core API's refusals; `always-200` unless said otherwise. */
  coreHttpStatus?: CoreHttpStatus;
};

/** Midtrans below `/midtrans`: Snap at `/snap/v1`, its pages at `/snap/v3/redirection`, Core at `/v2`. */
export function midtrans(options: {
  publicUrl: string;
  settings: MidtransOptions;
  retryScale: number;
  refundConfirmMs: number;
  notifyTimeoutMs?: number;
  ordersMax?: number;
  log: (line: string) => void;
}): Gateway {
  const { settings, retryScale, log } = options;
  const { serverKey, merchantId, notifyUrl, merchantName = 'Sangkuriang', coreHttpStatus } = settings;
  const base = `${options.publicUrl.replace(/\/$/, '')}/midtrans`;
  const pageUrl = (token: string) => `${base}/snap/v3/redirection/${token}`;
  const merchant = { serverKey, merchantId };

  const clock = timers();
  const ordered = scenarios();
  const post = courier({
    timers: clock,
    policy: { delaysMs: RETRY_DELAYS_MS.map((ms) => ms * retryScale), retriesFor },
    timeoutMs: options.notifyTimeoutMs ?? NOTIFY_TIMEOUT_MS,
    log,
  });
  const book = orders({
    timers: clock,
    scenarios: ordered,
    notify: notifier({
      tell: teller({ courier: post, timers: clock, scenarios: ordered }),
      scenarios: ordered,
      merchant,
    }),
    refundConfirmMs: options.refundConfirmMs,
    ordersMax: options.ordersMax ?? ORDERS_MAX,
  });
  const { guard, close: hangUp } = faults(
    ordered,
    clock,
    (req) => req.params.id ?? req.body?.transaction_details?.order_id,
  );

  const router = Router();
  router.use('/snap/v1', snap({ orders: book, guard, serverKey, notifyUrl, pageUrl }));
  router.use('/snap', page({ orders: book, merchantName }));
  router.use(
    '/v2',
    core({
      orders: book,
      scenarios: ordered,
      guard,
      merchant,
      notifyUrl,
      baseUrl: `${base}/v2`,
      pageUrl,
      httpStatus: coreHttpStatus ?? 'always-200',
    }),
  );

  function listed({ orderId, sessions, transaction }: Entry): Listed {
    const session = sessions.at(-1);
    return {
      gateway: 'midtrans',
      order_id: orderId,
      transaction_id: transaction?.transactionId ?? null,
      // Until the customer picks a method Midtrans itself knows of no transaction.
      status: transaction?.status ?? 'created',
      method: transaction?.method.name ?? null,
      amount: transaction?.grossAmount ?? session?.order.amount ?? 0,
      page_url: pageUrl(session?.token ?? ''),
      created_at: new Date(transaction?.createdAt ?? session?.createdAt ?? 0).toISOString(),
      notifications: listedNotes(transaction?.notifications ?? []),
    };
  }

  return {
    name: 'midtrans',
    router,
    scenarios: {
      duplicate: { times: 10 },
      'duplicate-parallel': { times: 10 },
      disorder: {},
      delay: { ms: 5_000 },
      loss: {},
      'late-payment': { ms: 1_000 },
      'deny-after-settlement': { ms: 1_000 },
      timeout: { ms: 15_000 },
      'error-500': { applied: false },
      'fee-imposition': { fee: 4_440 },
      'gopay-as-qris': {},
      challenge: {},
      'refund-denied': {},
    },
    calls: ['create', 'charge', 'status', 'cancel', 'expire', 'approve', 'deny', 'refund'],
    actions: CONTROL_ACTIONS,
    order: ordered.add,
    clearScenarios: ordered.clear,
    act(orderId, action, how) {
      const entry = book.order(orderId);
      if (!entry) return { ok: false, reason: 'not-found', detail: `No order ${orderId}.` };
      return book.act(entry, undefined, action, how);
    },
    list({ limit, orderId }) {
      if (orderId === undefined) return book.newest(limit).map(listed);
      const entry = book.order(orderId);
      return entry ? [listed(entry)] : [];
    },
    async close() {
      clock.close();
      hangUp();
      await post.close();
    },
  };
}
