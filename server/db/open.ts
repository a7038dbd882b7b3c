import pgPromise, { type IDatabase, type ITask } from 'pg-promise';
import { bankAccounts } from './bank-accounts.ts';
import { campaigns } from './campaigns.ts';
import { disputes } from './disputes.ts';
import { donations } from './donations.ts';
import { feeds } from './feeds.ts';
import { followers } from './followers.ts';
import { holds } from './holds.ts';
import { idempotency } from './idempotency.ts';
import { jobs } from './jobs.ts';
import { ledger } from './ledger.ts';
import { messages } from './messages.ts';
import { money } from './money.ts';
import { notices } from './notices.ts';
import { offline } from './offline.ts';
import { outbox } from './outbox.ts';
import { overlays } from './overlays.ts';
import { payments } from './payments.ts';
import { payouts } from './payouts.ts';
import { pictures } from './pictures.ts';
import { refunds } from './refunds.ts';
import { resets } from './resets.ts';
import { sessions } from './sessions.ts';
import { settlements } from './settlements.ts';
import { statements } from './statements.ts';
import { updates } from './updates.ts';
import { users } from './users.ts';

type Nouns = {
  users: ReturnType<typeof users>;
  sessions: ReturnType<typeof sessions>;
  campaigns: ReturnType<typeof campaigns>;
  disputes: ReturnType<typeof disputes>;
  pictures: ReturnType<typeof pictures>;
  bankAccounts: ReturnType<typeof bankAccounts>;
  payouts: ReturnType<typeof payouts>;
  holds: ReturnType<typeof holds>;
  refunds: ReturnType<typeof refunds>;
  donations: ReturnType<typeof donations>;
  payments: ReturnType<typeof payments>;
  messages: ReturnType<typeof messages>;
  money: ReturnType<typeof money>;
  notices: ReturnType<typeof notices>;
  idempotency: ReturnType<typeof idempotency>;
  outbox: ReturnType<typeof outbox>;
  resets: ReturnType<typeof resets>;
  ledger: ReturnType<typeof ledger>;
  feeds: ReturnType<typeof feeds>;
  updates: ReturnType<typeof updates>;
  followers: ReturnType<typeof followers>;
  settlements: ReturnType<typeof settlements>;
  statements: ReturnType<typeof statements>;
  offline: ReturnType<typeof offline>;
  overlays: ReturnType<typeof overlays>;
  jobs: ReturnType<typeof jobs>;
};
export type Db = IDatabase<Nouns> & Nouns;
export type Tx = ITask<Nouns> & Nouns;

const INT8 = 20;
const DATE = 1082;
const NUMERIC = 1700;

/** Waits are short everywhere: a caller is answered within five seconds or told to come again. */
const LOCK_TIMEOUT_MS = 500;
const STATEMENT_TIMEOUT_MS = 3_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A transaction that lost a deadlock or a serialisation race is run again, at most this often. */
const ATTEMPTS_MAX = 3;

const pgp = pgPromise<Nouns>({
  schema: 'sk',
  noWarnings: true,
  extend(q) {
    q.users = users(q);
    q.sessions = sessions(q);
    q.campaigns = campaigns(q);
    q.disputes = disputes(q);
    q.pictures = pictures(q);
    q.bankAccounts = bankAccounts(q);
    q.payouts = payouts(q);
    q.holds = holds(q);
    q.refunds = refunds(q);
    q.donations = donations(q);
    q.payments = payments(q);
    q.messages = messages(q);
    q.money = money(q);
    q.notices = notices(q);
    q.idempotency = idempotency(q);
    q.outbox = outbox(q);
    q.resets = resets(q);
    q.ledger = ledger(q);
    q.feeds = feeds(q);
    q.updates = updates(q);
    q.followers = followers(q);
    q.settlements = settlements(q);
    q.statements = statements(q);
    q.offline = offline(q);
    q.overlays = overlays(q);
    q.jobs = jobs(q);
  },
});
// Money and counts are whole numbers: bigint keeps them exact, and a calendar day is no instant.
pgp.pg.types.setTypeParser(INT8, BigInt);
pgp.pg.types.setTypeParser(
  NUMERIC,
  (value) => (value.includes('.') ? Number(value) : BigInt(value)) as never,
);
pgp.pg.types.setTypeParser(DATE, (value) => value as never);

/** Opens a pool as sk_app. `max` connections; further callers wait in line. */
export function openDb({
  url,
  max = 10,
  name = 'sangkuriang',
}: {
  url: string;
  max?: number;
  name?: string;
}): Db {
  const settings = {
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // Statements that are asked for together travel together; those that are awaited one by one do so as ever.
    pipeline: true,
    lock_timeout: LOCK_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  };
  return pgp(settings);
}

/** Ends the pool and waits until its connections are closed, which pg-pool's own promise does not. */
export async function closeDb(db: Db): Promise<void> {
  const pool = db.$pool;
  let open = pool.totalCount;
  const closed = new Promise<void>((resolve) => {
    if (open === 0) resolve();
    pool.on('remove', () => {
      open -= 1;
      if (open === 0) resolve();
    });
  });
  await pool.end();
  await closed;
}

const { isolationLevel, TransactionMode } = pgPromise.txMode;

/** Says in the same message as `begin` on whose behalf the transaction acts. */
class Acting extends TransactionMode {
  readonly #actor: string;
  constructor(uid: string | 'system', options?: ConstructorParameters<typeof TransactionMode>[0]) {
    super(options);
    this.#actor = pgPromise.as.format('set local app.uid = $1', [uid]);
  }
  override begin(cap?: boolean): string {
    return `${super.begin(cap)}; ${this.#actor}`;
  }
}

/**
 * Runs `work` in one transaction on behalf of a user, or of 'system' for work no single user stands behind;
 * row-level security shows only what that actor may see. Deadlocks (40P01) and serialisation failures (40001)
 * run the whole of `work` again, so it must have no effect outside the transaction.
 */
export const acting = <T>(
  db: Db,
  uid: string | 'system',
  tag: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> => again(() => db.tx({ tag, mode: new Acting(uid) }, (tx) => work(tx as Tx)));

/** Runs a transaction, and once more as long as it loses races, at most ATTEMPTS_MAX times. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !lostRace(error)) throw error;
    }
  }
}

/** The last statement of a transaction, on its way and not yet answered: see `actingAtOnce`. */
export class Last<T> {
  readonly answer: Promise<T>;
  constructor(answer: Promise<T>) {
    this.answer = answer;
    // Somebody waits for it only once `begin` is answered; a refusal before that is no unhandled one.
    answer.catch(() => {});
  }
}

/**
 * As `acting` and two round trips shorter: `begin` travels with the first statements of `work`, and `commit` with the
 * last, which `work` returns without waiting for it. Its answer is given once the commit is confirmed.
 *
 * Should `begin` itself be refused (a server that hung until its time limit), then those first statements stand outside
 * any transaction, on behalf of nobody: only reads, locks and writes that row-level security keeps for the system may
 * be sent before the first answer. A statement that is refused takes the commit with it: PostgreSQL then rolls back.
 */
export const actingAtOnce = <T>(
  db: Db,
  uid: string | 'system',
  tag: string,
  work: (tx: Tx) => Promise<Last<T>>,
): Promise<T> => again(() => db.task({ tag }, (task) => atOnce(task as unknown as Tx, uid, work)));

async function atOnce<T>(tx: Tx, uid: string | 'system', work: (tx: Tx) => Promise<Last<T>>): Promise<T> {
  let isEnding = false;
  try {
    const [, { answer }] = await together([tx.none(new Acting(uid).begin()), work(tx)]);
    isEnding = true;
    const [value, { command }] = await together([answer, tx.result('commit')]);
    if (command !== 'COMMIT') throw new Error('a refused statement was passed over');
    return value;
  } catch (error) {
    if (!isEnding) await tx.none('rollback');
    throw error;
  }
}

/**
 * The answers to statements that were sent one behind the other without waiting in between. Throws the first refusal in
 * the order in which they were sent: what comes after it only says that the transaction is over.
 */
export async function together<const Sent extends readonly unknown[]>(
  sent: Sent,
): Promise<{ -readonly [Index in keyof Sent]: Awaited<Sent[Index]> }> {
  const settled = await Promise.allSettled(sent);
  const refused = settled.find((one) => one.status === 'rejected');
  if (refused) throw refused.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never;
}

/** One consistent picture over several reads: repeatable read, read only. */
export function snapshot<T>(
  db: Db,
  uid: string | 'system',
  tag: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const mode = new Acting(uid, { tiLevel: isolationLevel.repeatableRead, readOnly: true });
  return db.tx({ tag, mode }, (tx) => work(tx as Tx));
}

const code = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

const lostRace = (error: unknown): boolean => ['40P01', '40001'].includes(code(error));

/** True for what the data itself causes (SQLSTATE classes 22 and 23, and our own SK): trying again changes nothing. */
export const isDataError = (error: unknown): boolean => /^(22|23|SK)/.test(code(error));

export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  code(error) === '23505' && (error as { constraint?: string }).constraint === constraint;
