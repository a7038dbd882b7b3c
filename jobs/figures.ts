import { type Db, snapshot } from '../server/db/open.ts';
import { breaksIn } from '../server/domain/ledger/check.ts';

export type Figures = {
  at: Date;
  /** `breaks` is null for jobs that check no books. */
  jobs: { job: string; okAt: Date; breaks: number | null }[];
  mailsWaiting: number;
  mailOverdueSeconds: number;
  noticesForAPerson: number;
};

/**
 * What only the database knows of how the platform stands. Read by each process for itself: a run is taken by one of
 * them, and what the others remember of the run before would be wrong by then.
 */
export async function readFigures({
  db,
  jobs,
  since,
  now,
}: {
  db: Db;
  jobs: string[];
  /** Since when jobs that never ended well are waited for. */
  since: Date;
  now(): Date;
}): Promise<Figures> {
  return snapshot(db, 'system', 'jobs.figures', async (tx) => {
    const runs = await tx.jobs.lastRuns(jobs);
    const { mails, overdue_seconds } = await tx.outbox.waiting();
    return {
      at: now(),
      jobs: runs.map(({ job, finished_at, detail }) => ({
        job,
        okAt: finished_at ?? since,
        breaks: detail === null ? null : breaksIn(detail),
      })),
      mailsWaiting: mails,
      mailOverdueSeconds: overdue_seconds,
      noticesForAPerson: await tx.notices.countForAPerson(),
    };
  });
}
