import { type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Log = ReturnType<typeof openLog>;
type Queue = { waiting(): number; max: number };
type Pool = { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number };
type Figures = {
  at: Date;
  jobs: { job: string; okAt: Date; breaks: number | null }[];
  mailsWaiting: number;
  mailOverdueSeconds: number;
  noticesForAPerson: number;
};

/** Never written, wherever they stand: credentials, tokens, and what identifies a donor. */
const REDACTED = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'claimToken',
  'authorization',
  'cookie',
  'email',
  'serverKey',
  'signature_key',
].flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** One function per business event: its log line and its metric together. Opened once, by the mains. */
export function openLog({ level }: { level: string }) {
  const logger: Logger = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
    serializers: { fault: faultOf },
  });
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics, prefix: 'sk_' });
  // Gauges with the names of counters; the same figures stand there by type.
  for (const name of ['resources', 'handles', 'requests'])
    metrics.removeSingleMetric(`sk_nodejs_active_${name}_total`);
  const registers = [metrics];

  const requests = new Histogram({
    name: 'sk_http_request_seconds',
    help: 'Time from a request to its answer, by route pattern.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const notices = new Counter({
    name: 'sk_notices_total',
    help: 'Notices from gateways by what became of them.',
    labelNames: ['gateway', 'outcome'],
    registers,
  });
  const batches = new Histogram({
    name: 'sk_batch_notices',
    help: 'Notices in one transaction.',
    buckets: [1, 2, 5, 10, 25, 50, 100, 200],
    registers,
  });
  const faults = new Counter({
    name: 'sk_faults_total',
    help: 'Errors that are ours.',
    labelNames: ['where'],
    registers,
  });
  const lost = new Counter({
    name: 'sk_news_lost_total',
    help: 'News that did not reach Redis; whoever watches reads it from the database within a second.',
    registers,
  });
  const mails = new Counter({
    name: 'sk_mails_total',
    help: 'Tries to send a mail, by what became of it; `unknown` and `failed` wait for a person.',
    labelNames: ['template', 'how'],
    registers,
  });
  const jobs = new Counter({
    name: 'sk_job_runs_total',
    help: 'Runs of jobs.',
    // Not `job`: that is Prometheus's own word for what it asks.
    labelNames: ['name', 'ok'],
    registers,
  });

  const moneyIn = new Counter({
    name: 'sk_money_in_rupiah_total',
    help: 'Rupiah of gifts and tips that gateways said are paid, counted once they are booked.',
    labelNames: ['gateway'],
    registers,
  });
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers });
  /** A figure that is looked at whenever somebody asks for it. */
  const looked = (name: string, help: string, look: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(look());
      },
    });
  let queue: Queue = { waiting: () => 0, max: 0 };
  looked('sk_notices_waiting', 'Notices that wait for a batch.', () => queue.waiting());
  looked('sk_notices_waiting_max', 'At so many a gateway is asked to come again.', () => queue.max);
  let pool: Pool = { totalCount: 0, idleCount: 0, waitingCount: 0 };
  let connectionsMax = 0;
  looked('sk_database_waiting', 'Callers that wait for a database connection.', () => pool.waitingCount);
  looked('sk_database_busy', 'Database connections at work.', () => pool.totalCount - pool.idleCount);
  looked('sk_database_busy_max', 'At so many the next caller waits.', () => connectionsMax);
  const read = {
    at: gauge('sk_figures_timestamp_seconds', 'When the figures of the database were read by this process.'),
    jobs: gauge(
      'sk_job_ok_timestamp_seconds',
      'When a job last ended well in any process; before its first time, since when it is waited for.',
      ['name'],
    ),
    breaks: gauge(
      'sk_books_breaks',
      'Checks that found the books broken when the job last looked, in any process; anything above 0 is an alarm.',
      ['name'],
    ),
    mails: gauge('sk_outbox_waiting', 'Mails that are to be sent, or tried again.'),
    overdue: gauge('sk_outbox_overdue_seconds', 'How long the mail waits whose turn came first.'),
    notices: gauge(
      'sk_notices_for_a_person',
      'Notices that could not be booked by themselves, and with which nobody has dealt yet.',
    ),
  };
  // Not there until somebody has looked: 0 would say that all is well.
  for (const figure of [read.at, read.mails, read.overdue, read.notices]) figure.remove();

  return {
    logger,
    metrics,
    answered(line: {
      method: string;
      route: string;
      path: string;
      status: number;
      ms: number;
      requestId: string;
      ip: string;
    }) {
      requests.observe(
        { method: line.method, route: line.route, status: String(line.status) },
        line.ms / 1_000,
      );
      const level =
        line.status >= 500 ? 'error' : line.route === 'webhooks' || line.status < 400 ? 'debug' : 'info';
      logger[level](line, 'answered');
    },
    batchBooked: (size: number) => batches.observe(size),
    noticeAnswered: (gateway: string, outcome: string) => notices.inc({ gateway, outcome }),
    moneyIn: (gateway: string, rupiah: number) => moneyIn.inc({ gateway }, rupiah),
    /** From now on the figures tell of this queue and this pool. */
    watchQueue(watched: Queue) {
      queue = watched;
    },
    watchPool(watched: Pool, max: number) {
      pool = watched;
      connectionsMax = max;
    },
    /** What only the database knows, so that every process that reads it says the same. */
    figures({ at, jobs, mailsWaiting, mailOverdueSeconds, noticesForAPerson }: Figures) {
      read.at.set(at.getTime() / 1_000);
      for (const { job, okAt, breaks } of jobs) {
        read.jobs.set({ name: job }, okAt.getTime() / 1_000);
        if (breaks !== null) read.breaks.set({ name: job }, breaks);
      }
      read.mails.set(mailsWaiting);
      read.overdue.set(mailOverdueSeconds);
      read.notices.set(noticesForAPerson);
    },
    noticeSetAside(gateway: string, reference: string | null, fault: unknown) {
      logger.error({ gateway, reference, fault }, 'a notice could not be booked and waits for a person');
    },
    fault(where: string, fault: unknown, more: Record<string, unknown> = {}) {
      faults.inc({ where });
      logger.error({ where, fault, ...more }, 'fault');
    },
    mailEnded(template: string, how: string, reason: string | null) {
      mails.inc({ template, how });
      if (how === 'failed' || how === 'unknown')
        logger.error({ template, how, reason }, 'a mail did not arrive');
    },
    newsLost: (count: number) => lost.inc(count),
    jobRan(job: string, ok: boolean, ms: number, detail: string | null) {
      jobs.inc({ name: job, ok: String(ok) });
      logger[ok ? 'debug' : 'error']({ job, ms, detail }, 'job ran');
    },
    booksBroken(check: string, rows: number) {
      if (rows > 0) logger.error({ check, rows }, 'the books are broken');
    },
    started: (addresses: Record<string, string>) => logger.info(addresses, 'started'),
    stopped: (reason: string) => logger.info({ reason }, 'stopped'),
  };
}

/** Of an error: its name, message, code and stack; never its other fields, which may carry queries and their values. */
function faultOf(fault: unknown): unknown {
  if (!(fault instanceof Error)) return { message: String(fault) };
  const { name, message, stack } = fault;
  return { name, message, code: 'code' in fault ? fault.code : undefined, stack };
}
