import { type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Log = ReturnType<typeof openLog>;

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
    labelNames: ['job', 'ok'],
    registers,
  });
  const broken = new Gauge({
    name: 'sk_books_broken_rows',
    help: 'Rows that break an invariant of the books, by check; anything above 0 is an alarm.',
    labelNames: ['check'],
    registers,
  });

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
      jobs.inc({ job, ok: String(ok) });
      logger[ok ? 'debug' : 'error']({ job, ms, detail }, 'job ran');
    },
    booksBroken(check: string, rows: number) {
      broken.set({ check }, rows);
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
