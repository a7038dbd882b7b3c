import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { Refusal } from '../../domain/refusal.ts';
import { networkOf } from './network.ts';

/** `points` per `seconds` and key. When the store fails, an `open` limiter lets everyone pass, a `closed` one nobody. */
export type Budget = { points: number; seconds: number; onFault: 'open' | 'closed' };

/** Guessing is worth stopping the door for; giving and reading are not. */
export const BUDGETS = {
  read: { points: 1_500, seconds: 5 * 60, onFault: 'open' },
  write: { points: 300, seconds: 5 * 60, onFault: 'open' },
  signUp: { points: 5, seconds: 30 * 60, onFault: 'closed' },
  loginByAddress: { points: 25, seconds: 5 * 60, onFault: 'closed' },
  loginByEmail: { points: 25, seconds: 60 * 60, onFault: 'closed' },
  refresh: { points: 60, seconds: 5 * 60, onFault: 'open' },
  // Each point may become a mail to somebody who did not ask for it.
  mailByAddress: { points: 10, seconds: 30 * 60, onFault: 'closed' },
  mailByEmail: { points: 3, seconds: 30 * 60, onFault: 'closed' },
  // A bank is asked whose an account is, which says something of strangers even where the answer is only yes or no.
  bankAccount: { points: 20, seconds: 60 * 60, onFault: 'closed' },
  // The same for finance, which pays many donors back and is told the name.
  holder: { points: 100, seconds: 60 * 60, onFault: 'closed' },
  // Each leaves a row and a feed behind.
  overlayLink: { points: 20, seconds: 60 * 60, onFault: 'open' },
  // By campaign: what a team's overlay is told, however many press the button.
  overlayAlert: { points: 120, seconds: 5 * 60, onFault: 'open' },
} as const satisfies Record<string, Budget>;
export type LimitName = keyof typeof BUDGETS;

/** Makes the counter of one budget; `name` keeps the keys of different budgets apart in a shared store. */
export type Store = (budget: { name: string; points: number; seconds: number }) => Counter;
export type Counter = Pick<RateLimiterAbstract, 'consume' | 'reward'>;

export type Limiter = {
  /** Takes one point; says so in the response's headers. Throws Refusal 'too-many-requests', or 'unavailable'. */
  take(key: string, res: Response): Promise<void>;
  /** Gives the point back, for what turned out to be no abuse. */
  giveBack(key: string): Promise<void>;
};
export type Limits = Record<LimitName, Limiter>;

/**
 * Every limiter of the house. `factor` multiplies all budgets, for load tests; `store` counts in memory unless told
 * otherwise; `onFault` hears of a store that fails.
 */
export function limits({
  factor = 1,
  budgets = {},
  store = inMemory(),
  onFault,
}: {
  factor?: number;
  budgets?: Partial<Record<LimitName, Budget>>;
  store?: Store;
  onFault: (fault: unknown) => void;
}): Limits {
  const one = (name: LimitName): Limiter =>
    limiter(name, { ...(budgets[name] ?? BUDGETS[name]) }, factor, store, onFault);
  return {
    read: one('read'),
    write: one('write'),
    signUp: one('signUp'),
    loginByAddress: one('loginByAddress'),
    loginByEmail: one('loginByEmail'),
    refresh: one('refresh'),
    mailByAddress: one('mailByAddress'),
    mailByEmail: one('mailByEmail'),
    bankAccount: one('bankAccount'),
    holder: one('holder'),
    overlayLink: one('overlayLink'),
    overlayAlert: one('overlayAlert'),
  };
}

/** Takes from `limiter` for the caller's network before anything else is done. */
export const limitByAddress =
  (limiter: Limiter): RequestHandler =>
  async (req, res, next) => {
    await limiter.take(addressKey(req), res);
    next();
  };

/** For the whole API: reading has a larger budget than what changes something. */
export const limitAll =
  ({ read, write }: Pick<Limits, 'read' | 'write'>): RequestHandler =>
  async (req, res, next) => {
    const limiter = req.method === 'GET' || req.method === 'HEAD' ? read : write;
    await limiter.take(addressKey(req), res);
    next();
  };

const addressKey = (req: Request): string => networkOf(req.ip ?? '');

/** A key of fixed length that leaves no e-mail address in the store. */
export const emailKey = (email: string): string => createHash('sha256').update(email).digest('base64url');

function limiter(
  name: LimitName,
  budget: Budget,
  factor: number,
  store: Store,
  onFault: (fault: unknown) => void,
): Limiter {
  const { seconds } = budget;
  const points = Math.max(1, Math.round(budget.points * factor));
  const counter = store({ name, points, seconds });

  return {
    async take(key, res) {
      let state: RateLimiterRes;
      try {
        state = await counter.consume(key);
      } catch (rejection) {
        // The library rejects with its result when the budget is spent, and with an error when its store failed.
        if (!(rejection instanceof RateLimiterRes)) {
          onFault(rejection);
          if (budget.onFault === 'open') return;
          throw new Refusal('unavailable', 'We cannot check this right now. Please try again shortly.', {
            retryAfter: 5,
          });
        }
        announce(res, name, { points, seconds, state: rejection });
        throw new Refusal('too-many-requests', 'Too many requests. Please wait a while.', {
          retryAfter: Math.max(1, Math.ceil(rejection.msBeforeNext / 1000)),
        });
      }
      announce(res, name, { points, seconds, state });
    },

    async giveBack(key) {
      try {
        await counter.reward(key);
      } catch (fault) {
        onFault(fault);
      }
    },
  };
}

/** draft-ietf-httpapi-ratelimit-headers: q quota, w window in s; r remaining, t seconds until it is whole again. */
function announce(
  res: Response,
  name: string,
  { points, seconds, state }: { points: number; seconds: number; state: RateLimiterRes },
): void {
  const reset = Math.max(0, Math.ceil(state.msBeforeNext / 1000));
  res.append('RateLimit-Policy', `"${name}";q=${points};w=${seconds}`);
  res.append('RateLimit', `"${name}";r=${Math.max(0, state.remainingPoints)};t=${reset}`);
}

/**
 * Counts for all processes together; while Redis does not answer, each process counts for itself, so that an outage
 * opens no door and closes none.
 */
export const inRedis =
  ({
    client,
    insurance = inMemory(),
  }: {
    /** An ioredis client that fails at once while Redis is away, and says itself that it is. */
    client: unknown;
    insurance?: Store;
  }): Store =>
  (budget) => {
    const { name, points, seconds } = budget;
    const counter = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: `sk:limit:${name}`,
      points,
      duration: seconds,
      rejectIfRedisNotReady: true,
    });
    const own = insurance(budget);
    return {
      async consume(key, amount) {
        try {
          return await counter.consume(key, amount);
        } catch (rejection) {
          if (rejection instanceof RateLimiterRes) throw rejection;
          return own.consume(key, amount);
        }
      },
      async reward(key, amount) {
        try {
          return await counter.reward(key, amount);
        } catch {
          return own.reward(key, amount);
        }
      },
    };
  };

/** Keys that one budget counts at a time in this process, about 300 bytes each; the oldest is forgotten first. */
const KEYS_MAX = 100_000;

/** Counts in this process alone, within bounds. */
export const inMemory =
  ({ keysMax = KEYS_MAX }: { keysMax?: number } = {}): Store =>
  ({ name, points, seconds }) => {
    const counter = new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
    // In the order in which their windows began, so the first is the next to end.
    const keys = new Set<string>();
    return {
      async consume(key, amount) {
        if (!keys.has(String(key))) {
          const [oldest] = keys;
          if (oldest !== undefined && keys.size >= keysMax) {
            keys.delete(oldest);
            await counter.delete(oldest);
          }
        }
        const state = await counter.consume(key, amount);
        if (state.isFirstInDuration) {
          keys.delete(String(key));
          keys.add(String(key));
        }
        return state;
      },
      reward: (key, amount) => counter.reward(key, amount),
    };
  };
