import { randomBytes } from 'node:crypto';
import type { Outcome } from '../gateway.ts';
import type { Scenarios } from '../scenarios.ts';
import { quirk, type Subject } from '../teller.ts';
import type { Timers } from '../timers.ts';

/** Keys are forgotten in the night after a day, says the documentation. */
const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;

export type Status = 'queued' | 'approved' | 'rejected' | 'processed' | 'completed' | 'failed';

/** docs.midtrans.com, "Payout Notification Payload". One that arrived may still come back from the bank. */
const NEXT: Record<Status, readonly Status[]> = {
  queued: ['approved', 'rejected'],
  approved: ['processed', 'completed', 'failed'],
  processed: ['completed', 'failed'],
  completed: ['failed'],
  rejected: [],
  failed: [],
};
const ENDED: readonly Status[] = ['rejected', 'completed', 'failed'];

export const ACTIONS = ['complete', 'fail'] as const;
/** Beyond what the page has: the bank that gives back what had arrived. */
export const CONTROL_ACTIONS = [...ACTIONS, 'return'] as const;

/** Nobody has published the real codes. */
const FAILURES = {
  fail: { code: '002', message: 'Beneficiary account is closed' },
  return: { code: '006', message: 'Returned by the beneficiary bank' },
};

export type PayoutRequest = {
  beneficiary_name: string;
  beneficiary_account: string;
  beneficiary_bank: string;
  beneficiary_email?: string;
  amount: string;
  notes: string;
};

export type Payout = Subject & {
  request: PayoutRequest;
  rupiah: number;
  status: Status;
  createdAt: number;
  updatedAt: number;
  error?: { code: string; message: string };
  stop(): void;
};

export type Payouts = ReturnType<typeof payouts>;

/** Iris' memory: payouts, the keys that they were made with, and every change of state. */
export function payouts(options: {
  timers: Timers;
  scenarios: Scenarios;
  notify: (payout: Payout) => void;
  /** From approval until the bank has it, and from there until it arrives. */
  stepMs: { process: number; complete: number };
  payoutsMax: number;
}) {
  const { timers, scenarios, notify, stepMs, payoutsMax } = options;
  const entries = new Map<string, Payout>();
  // In the order of arrival, so that the oldest is found without a search.
  const ended = new Set<string>();
  const queued = new Set<string>();
  const keys = new Map<string, { at: number; asked: string; made: Payout[] }>();

  function makeRoom(count: number): boolean {
    while (entries.size + count > payoutsMax) {
      const [oldest] = ended.size > 0 ? ended : queued;
      if (oldest === undefined) return false;
      entries.delete(oldest);
      ended.delete(oldest);
      queued.delete(oldest);
    }
    return true;
  }

  function enter(payout: Payout, status: Status) {
    payout.status = status;
    payout.updatedAt = Date.now();
    payout.stop();
    payout.stop = () => {};
    queued.delete(payout.orderId);
    if (ENDED.includes(status) && entries.has(payout.orderId)) ended.add(payout.orderId);
    notify(payout);
    if (status === 'approved') payout.stop = timers.after(stepMs.process, () => enter(payout, 'processed'));
    if (status === 'processed') payout.stop = timers.after(stepMs.complete, () => arrive(payout));
  }

  function arrive(payout: Payout) {
    if (quirk(payout, 'fail', scenarios)) fail(payout, 'fail');
    else enter(payout, 'completed');
  }

  function fail(payout: Payout, why: keyof typeof FAILURES) {
    payout.error = FAILURES[why];
    enter(payout, 'failed');
  }

  /** Undefined when there is no room, `another` when the key was used for something else. */
  function create(requests: PayoutRequest[], key: string | undefined): Payout[] | 'another' | undefined {
    const now = Date.now();
    const asked = JSON.stringify(requests);
    const known = key === undefined ? undefined : keys.get(key);
    if (known && now - known.at < IDEMPOTENCY_TTL_MS) return known.asked === asked ? known.made : 'another';
    if (!makeRoom(requests.length)) return undefined;
    const made = requests.map((request): Payout => {
      const payout: Payout = {
        orderId: randomBytes(9).toString('hex'),
        request,
        rupiah: Number(request.amount),
        status: 'queued',
        createdAt: now,
        updatedAt: now,
        quirks: new Map(),
        notifications: [],
        turn: Promise.resolve(),
        stop: () => {},
      };
      entries.set(payout.orderId, payout);
      queued.add(payout.orderId);
      return payout;
    });
    if (key !== undefined) {
      keys.delete(key);
      keys.set(key, { at: now, asked, made });
      const [oldest] = keys.keys();
      if (keys.size > payoutsMax && oldest !== undefined) keys.delete(oldest);
    }
    return made;
  }

  /** All of them, or none where one is unknown or past deciding. */
  function decide(references: string[], status: 'approved' | 'rejected', reason?: string): boolean {
    const asked = references.map((reference) => entries.get(reference));
    const found = asked.filter((payout) => payout?.status === 'queued');
    if (found.length < references.length || new Set(references).size < references.length) return false;
    for (const payout of found) {
      if (!payout) continue;
      if (reason !== undefined) payout.error = { code: '', message: reason };
      enter(payout, status);
    }
    return true;
  }

  /** What a person (or a test) makes the bank do. Twice the same is once. */
  function act(payout: Payout, action: string): Outcome {
    const to = action === 'complete' ? 'completed' : 'failed';
    if (action !== 'complete' && action !== 'fail' && action !== 'return') {
      return { ok: false, reason: 'conflict', detail: `No such action: ${action}.` };
    }
    if (payout.status === to) return { ok: true, status: to };
    const back = action === 'return' ? payout.status === 'completed' : payout.status !== 'completed';
    if (!back || !NEXT[payout.status].includes(to)) {
      const detail = `The payout is ${payout.status} and cannot become ${to}.`;
      return { ok: false, reason: 'conflict', detail };
    }
    if (action === 'complete') enter(payout, 'completed');
    else fail(payout, action);
    return { ok: true, status: to };
  }

  return {
    create,
    decide,
    act,
    find: (reference: string): Payout | undefined => entries.get(reference),
    /** By its reference, or by the idempotency key that it was made with. */
    named: (id: string): Payout | undefined =>
      entries.get(id) ?? entries.get(keys.get(id)?.made[0]?.orderId ?? ''),
    /** Newest first. */
    newest: (limit: number): Payout[] => [...entries.values()].slice(-limit).reverse(),
  };
}
