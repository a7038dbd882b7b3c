import type { RequestHandler } from 'express';
import { Refusal } from '../../domain/refusal.ts';

/** Callers that wait for a database connection; one more would be answered after it has lost patience. */
const WAITING_MAX = 200;

/** Turns callers away at once while so many wait for the database already, so that a slow one makes no pile. */
export const refuseOverload =
  ({ waiting }: { waiting(): number }): RequestHandler =>
  (_req, _res, next) => {
    if (waiting() < WAITING_MAX) return next();
    throw new Refusal('unavailable', 'We are busy. Please try again shortly.', { retryAfter: 2 });
  };
