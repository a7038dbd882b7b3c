import { randomUUID } from 'node:crypto';
import type { Db } from '../server/db/open.ts';

/** Longest a run may take before another process may start the job again. */
const LEASE_S = 120;

export type Ran = { ran: boolean; ok: boolean; detail: string | null; ms: number };

/**
 * Runs `work` if no other process does, and keeps a row of it in job_runs. The lease ends by itself, by the database's
 * clock, so a process that dies in the middle holds nobody up for longer than two minutes; work is therefore safe to
 * repeat. Never throws: what went wrong is in the answer and in the row.
 */
export async function once(db: Db, job: string, work: () => Promise<string | number | null>): Promise<Ran> {
  const holder = randomUUID();
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  try {
    if (!(await db.jobs.takeLease({ job, holder, seconds: LEASE_S })))
      return { ran: false, ok: true, detail: null, ms: ms() };
  } catch (fault) {
    return { ran: false, ok: false, detail: sentence(fault), ms: ms() };
  }
  try {
    const id = await db.jobs.startRun(job);
    let outcome: { ok: boolean; detail: string | null };
    try {
      const said = await work();
      outcome = { ok: true, detail: said === null ? null : String(said) };
    } catch (fault) {
      outcome = { ok: false, detail: sentence(fault) };
    }
    await db.jobs.finishRun({ id, ...outcome });
    return { ran: true, ...outcome, ms: ms() };
  } catch (fault) {
    return { ran: true, ok: false, detail: sentence(fault), ms: ms() };
  } finally {
    await db.jobs.dropLease({ job, holder }).catch(() => {});
  }
}

const sentence = (fault: unknown): string =>
  (fault instanceof Error ? fault.message : String(fault)).slice(0, 500);
