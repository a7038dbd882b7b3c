import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

export type IdempotencyRow = {
  body_hash: Buffer;
  resource_id: string;
  status: number | null;
  response: unknown;
  claimed: boolean;
};
export type IdempotencyId = { principal: string; route: string; key: string };

const claim = sql('idempotency/claim.sql');
const answer = sql('idempotency/answer.sql');
const release = sql('idempotency/release.sql');
const yieldLease = sql('idempotency/yield.sql');
const purge = sql('idempotency/purge.sql');

export const idempotency = (q: IBaseProtocol<unknown>) => ({
  /** Claims a key, takes over one whose lease ran out, or shows what stands under it. Null in the rare race of two first claims. */
  claim: (asked: IdempotencyId & { bodyHash: Buffer; resourceId: string; leaseUntil: Date; now: Date }) =>
    q.oneOrNone<IdempotencyRow>(claim, asked),
  answer: (answered: IdempotencyId & { status: number; response: unknown }) => q.none(answer, answered),
  /** Gives a key back when nothing was done under it. */
  release: (id: IdempotencyId) => q.none(release, id),
  /** Ends the lease early: the work failed half-way and a retry may resume it. */
  yieldLease: (id: IdempotencyId & { now: Date }) => q.none(yieldLease, id),
  purge: (old: { before: Date; limit: number }) => q.result(purge, old, (r) => r.rowCount),
});
