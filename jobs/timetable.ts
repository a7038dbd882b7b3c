import { schedule } from 'node-cron';
import type { Bus } from '../server/bus.ts';
import { acting, type Db } from '../server/db/open.ts';
import { endDue } from '../server/domain/campaigns/end-due.ts';
import { purgePictures } from '../server/domain/campaigns/set-picture.ts';
import { expireAttempts } from '../server/domain/donations/ask.ts';
import type { Gateways } from '../server/domain/donations/pledge.ts';
import type { Receive } from '../server/domain/donations/receive.ts';
import { checkBooks } from '../server/domain/ledger/check.ts';
import { resumeRefunds } from '../server/domain/refunds/refund.ts';
import { mailUpdates } from '../server/domain/updates/mail.ts';
import { type Figures, readFigures } from './figures.ts';
import { once } from './once.ts';

const HOUR_MS = 3_600_000;
/** Keys are promised for 24 hours; a day more costs little. */
const IDEMPOTENCY_KEPT_MS = 48 * HOUR_MS;
const RUNS_KEPT_MS = 30 * 24 * HOUR_MS;
/** Long enough to look into a complaint; addresses of people are not kept for longer. */
const MAIL_KEPT_MS = 30 * 24 * HOUR_MS;
/** Twice the time between two looks, and some, so that nothing falls between them. */
const CHANGED_MS = 25 * 60_000;
/** Where a donor had their money back: for as long as a bank may still send it back, and somebody asks. */
const DONOR_ACCOUNTS_KEPT_MS = 90 * 24 * HOUR_MS;
const PURGE_MAX = 5_000;

type House = {
  db: Db;
  bus: Bus;
  gateways: Gateways;
  receive: Receive;
  /** Null where no gateway pays. */
  resumePayouts?: (() => Promise<number>) | null;
  /** Null while nobody said where mail goes: it waits. */
  sendMail?: (() => Promise<number>) | null;
  now(): Date;
  onFault(fault: unknown): void;
  onBroken(check: string, rows: number): void;
  onFigures(figures: Figures): void;
  onRan(job: string, ok: boolean, ms: number, detail: string | null): void;
};
/** `shared` work is done by all processes at once, each taking pieces of its own, and leaves no row of a run. */
type Job = { job: string; at: string; work: () => Promise<string | number | null>; shared?: true };

/** Everything that happens by the clock, on one page. Times are UTC. */
export function timetable({
  db,
  bus,
  gateways,
  receive,
  resumePayouts,
  sendMail,
  now,
  onFault,
  onBroken,
  onFigures,
}: House): Job[] {
  const since = now();
  const jobs: Job[] = [
    { job: 'close-ended-campaigns', at: '* * * * *', work: () => endDue({ db, bus, now }) },
    {
      job: 'expire-attempts',
      at: '* * * * *',
      work: () => expireAttempts({ db, gateways, receive, now, onFault }),
    },
    {
      job: 'resume-refunds',
      at: '* * * * *',
      work: () => resumeRefunds({ db, bus, gateways, receive, now, onFault }),
    },
    ...(resumePayouts ? [{ job: 'payouts', at: '* * * * *', work: resumePayouts }] : []),
    // Not while mail goes nowhere: what is queued then would come late and all at once.
    ...(sendMail ? [{ job: 'mail-updates', at: '* * * * *', work: () => mailUpdates({ db, now }) }] : []),
    ...(sendMail ? [{ job: 'send-mail', at: '*/2 * * * * *', work: sendMail, shared: true as const }] : []),
    {
      job: 'check-books',
      at: '*/10 * * * *',
      work: () => checkBooks({ db, bus, since: new Date(now().getTime() - CHANGED_MS), onBroken }),
    },
    // While Indonesia sleeps: 02:23 in Jakarta.
    { job: 'check-all-books', at: '23 19 * * *', work: () => checkBooks({ db, bus, since: null, onBroken }) },
    { job: 'purge', at: '17 * * * *', work: () => purge(db, now()) },
  ];
  const leavingRows = jobs.filter(({ shared }) => !shared).map(({ job }) => job);
  const figures = async () => {
    onFigures(await readFigures({ db, jobs: leavingRows, since, now }));
    return null;
  };
  return [...jobs, { job: 'figures', at: '*/15 * * * * *', work: figures, shared: true }];
}

async function purge(db: Db, now: Date): Promise<string> {
  const keys = await db.idempotency.purge({
    before: new Date(now.getTime() - IDEMPOTENCY_KEPT_MS),
    limit: PURGE_MAX,
  });
  const sessions = await acting(db, 'system', 'jobs.purge', (tx) =>
    tx.sessions.purge({ before: now, limit: PURGE_MAX }),
  );
  const runs = await db.jobs.purgeRuns({ before: new Date(now.getTime() - RUNS_KEPT_MS), limit: PURGE_MAX });
  const mails = await acting(db, 'system', 'jobs.purge-mail', async (tx) => {
    await tx.resets.purge(now);
    return tx.outbox.purge({ before: new Date(now.getTime() - MAIL_KEPT_MS), limit: PURGE_MAX });
  });
  const accounts = await acting(db, 'system', 'jobs.forget-accounts', (tx) =>
    tx.payouts.forgetAccounts(new Date(now.getTime() - DONOR_ACCOUNTS_KEPT_MS)),
  );
  const pictures = await purgePictures({ db, now: () => now });
  return `${keys} keys, ${sessions} sessions, ${runs} runs, ${pictures} pictures, ${mails} mails, ${accounts} accounts`;
}

/** Starts the clock. The returned function stops it and waits for what is running. */
export function startJobs(house: House): () => Promise<void> {
  const running = new Set<Promise<void>>();
  const busy = new Set<string>();
  const tasks = timetable(house).map(({ job, at, work, shared }) =>
    schedule(at, () => {
      if (shared && busy.has(job)) return;
      busy.add(job);
      const run = (shared ? work().then(() => {}, house.onFault) : runOnce(job, work)).finally(() => {
        busy.delete(job);
        running.delete(run);
      });
      running.add(run);
    }),
  );
  async function runOnce(job: string, work: Job['work']): Promise<void> {
    const { ran, ok, ms, detail } = await once(house.db, job, work);
    if (ran || !ok) house.onRan(job, ok, ms, detail);
  }
  return async () => {
    await Promise.all(tasks.map((task) => task.destroy()));
    await Promise.all(running);
  };
}
