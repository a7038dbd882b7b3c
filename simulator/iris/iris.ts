import { Router } from 'express';
import { courier } from '../courier.ts';
import { faults } from '../faults.ts';
import type { Gateway, Listed } from '../gateway.ts';
import { RETRY_DELAYS_MS, retriesFor } from '../midtrans/wire.ts';
import { scenarios } from '../scenarios.ts';
import { listedNotes, note, teller } from '../teller.ts';
import { timers } from '../timers.ts';
import { accounts } from './accounts.ts';
import { api } from './api.ts';
import { page } from './page.ts';
import { CONTROL_ACTIONS, type Payout, payouts } from './payouts.ts';
import { amount, signature, time } from './wire.ts';

const NOTIFY_TIMEOUT_MS = 15_000;
/** Payouts remembered; beyond, the oldest that has ended is forgotten, then the oldest that nobody approved. */
const PAYOUTS_MAX = 20_000;

export type IrisOptions = {
  creatorKey: string;
  approverKey: string;
  merchantKey: string;
  notifyUrl: string;
};

/** Midtrans Iris below `/iris`: its API at `/api/v1`, and a page for each payout at `/payouts`. */
export function iris(options: {
  publicUrl: string;
  settings: IrisOptions;
  retryScale: number;
  payoutStepMs: { process: number; complete: number };
  notifyTimeoutMs?: number;
  ordersMax?: number;
  log: (line: string) => void;
}): Gateway {
  const { settings, retryScale, log } = options;
  const base = `${options.publicUrl.replace(/\/$/, '')}/iris`;

  const clock = timers();
  const ordered = scenarios();
  const post = courier({
    timers: clock,
    // Nobody has written down how Iris retries: as the payments' side does.
    policy: { delaysMs: RETRY_DELAYS_MS.map((ms) => ms * retryScale), retriesFor },
    timeoutMs: options.notifyTimeoutMs ?? NOTIFY_TIMEOUT_MS,
    log,
  });
  const tell = teller({ courier: post, timers: clock, scenarios: ordered });
  const people = accounts();
  const book = payouts({
    timers: clock,
    scenarios: ordered,
    notify(payout) {
      const { orderId, status, error } = payout;
      const body = JSON.stringify({
        reference_no: orderId,
        amount: amount(payout.rupiah),
        status,
        updated_at: time(payout.updatedAt),
        ...(error ? { error_code: error.code, error_message: error.message } : {}),
      });
      tell(payout, note(payout, { status, statusCode: '', body }), {
        urls: [settings.notifyUrl],
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'iris-signature': signature(body, settings.merchantKey),
        },
        label: `iris ${orderId} ${status}`,
      });
    },
    stepMs: options.payoutStepMs,
    payoutsMax: options.ordersMax ?? PAYOUTS_MAX,
  });
  const { guard, close: hangUp } = faults(
    ordered,
    clock,
    // A payout has no number before it is made; the key it is made with is the merchant's name for it.
    (req) => req.params.id ?? req.get('x-idempotency-key') ?? req.body?.reference_nos?.[0],
  );

  const router = Router();
  router.use(
    '/api/v1',
    api({
      payouts: book,
      accounts: people,
      guard,
      keys: { creator: settings.creatorKey, approver: settings.approverKey },
    }),
  );
  router.use('/payouts', page({ payouts: book }));

  const listed = (payout: Payout): Listed => ({
    gateway: 'iris',
    order_id: payout.orderId,
    transaction_id: null,
    status: payout.status,
    method: payout.request.beneficiary_bank,
    amount: payout.rupiah,
    page_url: `${base}/payouts/${payout.orderId}`,
    created_at: new Date(payout.createdAt).toISOString(),
    notifications: listedNotes(payout.notifications),
  });

  return {
    name: 'iris',
    router,
    scenarios: {
      duplicate: { times: 10 },
      'duplicate-parallel': { times: 10 },
      delay: { ms: 5_000 },
      loss: {},
      timeout: { ms: 15_000, applied: true },
      'error-500': { applied: false },
      fail: {},
    },
    calls: ['create', 'approve', 'reject', 'status', 'validate', 'banks', 'balance'],
    actions: CONTROL_ACTIONS,
    order: ordered.add,
    clearScenarios: ordered.clear,
    act(orderId, action) {
      const payout = book.named(orderId);
      if (!payout) return { ok: false, reason: 'not-found', detail: `No payout ${orderId}.` };
      return book.act(payout, action);
    },
    list({ limit, orderId }) {
      if (orderId === undefined) return book.newest(limit).map(listed);
      const payout = book.named(orderId);
      return payout ? [listed(payout)] : [];
    },
    giveAccount: people.give,
    async close() {
      clock.close();
      hangUp();
      await post.close();
    },
  };
}
