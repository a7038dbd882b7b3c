import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

const takeLease = sql('jobs/take-lease.sql');
const dropLease = sql('jobs/drop-lease.sql');
const startRun = sql('jobs/start-run.sql');
const finishRun = sql('jobs/finish-run.sql');
const lastRuns = sql('jobs/last-runs.sql');
const purgeRuns = sql('jobs/purge-runs.sql');

export const jobs = (q: IBaseProtocol<unknown>) => ({
  /** True if nobody else holds the job's lease; it ends by itself after `seconds`, by the database's clock. */
  takeLease: async (lease: { job: string; holder: string; seconds: number }) =>
    (await q.oneOrNone(takeLease, lease)) !== null,
  dropLease: (lease: { job: string; holder: string }) => q.none(dropLease, lease),
  startRun: async (job: string) => (await q.one<{ id: bigint }>(startRun, { job })).id,
  finishRun: (run: { id: bigint; ok: boolean; detail: string | null }) => q.none(finishRun, run),
  /** Of each job the last run that ended well, if there was one. */
  lastRuns: (jobs: string[]) =>
    q.any<{ job: string; finished_at: Date | null; detail: string | null }>(lastRuns, { jobs }),
  purgeRuns: (old: { before: Date; limit: number }) => q.result(purgeRuns, old, (r) => r.rowCount),
});
