import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { type Binaries, findBinaries } from './binaries.ts';
import { own } from './owner-lock.ts';
import { findPlace, type Place, sharedBases } from './place.ts';
import { limitLog, type Postmaster, runPostmaster, stopPostmaster } from './postmaster.ts';
import { runAs } from './processes.ts';

export interface EmbeddedPostgres {
  /** The superuser's address of the maintenance database `postgres`. */
  adminUrl: string;
  /** The address of `database` (our own unless told otherwise) for one of the two roles that log in. */
  urlFor(role: 'sk_migrator' | 'sk_app', database?: string): string;
  /** Ends every session and starts the server again on the same port. */
  restart(): Promise<void>;
  /** Ends every session, then the server. Call it last, when everything that uses the database is closed. */
  stop(): Promise<void>;
}

const DATABASE = 'sangkuriang';
const ADMIN = 'sk_admin';
const DRAFT = '.draft-';
const LOG_CHECK_MS = 60_000;
const CONNECT_MS_MAX = 5_000;

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  // Nobody follows this server, so its log need hold no more than a crash takes to repair.
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // The text and detail of a failed statement may hold a donor's name or address.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

interface Secrets {
  admin: string;
  sk_migrator: string;
  sk_app: string;
}

/**
 * Starts the PostgreSQL that comes with npm, on 127.0.0.1 and a port free at this moment, and makes the
 * cluster (UTF-8, whatever the environment says), the roles and our database the first time. Beside
 * `dataDir` stand its log, its passwords and its owner's lock. A server that a killed app left running
 * is adopted. The server is in a process group of its own and outlives this process unless stopped.
 * @throws DatabaseInUse if another living process has started it; else an error that says what to do.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: (line: string) => void;
  settings?: Record<string, string>;
}): Promise<EmbeddedPostgres> {
  const { log } = options;
  const place = await findPlace(options.dataDir, log);
  const release = own(`${place.dataDir}.owner`, options.dataDir);
  try {
    return await startOwned(place, { ...SETTINGS, ...options.settings }, log, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function startOwned(
  { dataDir, account }: Place,
  settings: Record<string, string>,
  log: (line: string) => void,
  release: () => void,
): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries(account, async () =>
    account ? await sharedBases(account) : [dirname(dataDir)],
  );
  const secrets = await readOrMakeSecrets(`${dataDir}.secrets.json`);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    await initialise({ dataDir, account }, binaries, secrets, settings.fsync === 'off');
  }
  refuseOtherMajor(dataDir, binaries);

  const logFile = `${dataDir}.log`;
  const url = (port: number, user: string, password: string, database: string): string =>
    `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  const adminUrl = (port: number): string => url(port, ADMIN, secrets.admin, 'postgres');
  let isStopping = false;
  const supervised = {
    postgres: binaries.postgres,
    dataDir,
    logFile,
    account,
    settings,
    connect: (port: number) => withClient(adminUrl(port), async () => {}),
    onUnexpectedEnd: (how: string) => {
      if (!isStopping) log(`PostgreSQL ended unexpectedly (${how}); its log is ${logFile}`);
    },
  };
  const postmaster: Postmaster = await runPostmaster(supervised);
  const { port } = postmaster;
  try {
    await withClient(adminUrl(port), (client) => makeRolesAndDatabase(client, secrets));
  } catch (error) {
    isStopping = true;
    await stopPostmaster(postmaster);
    throw error;
  }
  const logKeeper = setInterval(() => limitLog(logFile), LOG_CHECK_MS).unref();

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    isStopping = true;
    clearInterval(logKeeper);
    await stopPostmaster(postmaster);
    release();
  };
  return {
    adminUrl: adminUrl(port),
    urlFor: (role, database = DATABASE) => url(port, role, secrets[role], database),
    restart: async () => {
      isStopping = true;
      await stopPostmaster(postmaster);
      postmaster.pid = (await runPostmaster(supervised, port)).pid;
      isStopping = false;
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function readOrMakeSecrets(file: string): Promise<Secrets> {
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Secrets;
  const password = (): string => randomBytes(24).toString('hex');
  const secrets = { admin: password(), sk_migrator: password(), sk_app: password() };
  const draft = `${file}.draft`;
  await writeFile(draft, JSON.stringify(secrets), { mode: 0o600, flush: true });
  await rename(draft, file);
  return secrets;
}

/** Made under another name: a start that breaks off halfway leaves nothing that looks like a database. */
async function initialise(
  { dataDir, account }: Place,
  { initdb }: Binaries,
  secrets: Secrets,
  isThrowaway: boolean,
): Promise<void> {
  await removeDrafts(dataDir);
  // A new name each time: the initdb of a killed app may still be writing to the last one.
  const draft = `${dataDir}${DRAFT}${randomBytes(4).toString('hex')}`;
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, secrets.admin, { mode: 0o600 });
    if (account) {
      for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
    }
    await runAs(account, initdb, [
      ...['-D', draft, '--username', ADMIN, '--pwfile', passwordFile, '--auth=scram-sha-256'],
      // libc's locales depend on the machine; with LANG unset they even give a SQL_ASCII database.
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      // Its sync took 0.1 of 0.8 s: worth leaving out only where nothing need survive a power cut.
      ...(isThrowaway ? ['--no-instructions', '--no-sync'] : ['--no-instructions']),
    ]);
    await rename(draft, dataDir);
    await syncDirectory(dirname(dataDir));
  } finally {
    await removeDrafts(dataDir);
  }
}

async function removeDrafts(dataDir: string): Promise<void> {
  const parent = dirname(dataDir);
  const drafts = (await readdir(parent)).filter((name) => name.startsWith(`${basename(dataDir)}${DRAFT}`));
  await Promise.all(drafts.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

/** Without it a power cut could undo the rename, and with it everything written since. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refuseOtherMajor(dataDir: string, { major }: Binaries): void {
  const written = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (written === major) return;
  throw new Error(
    `The database in ${dataDir} was made by PostgreSQL ${written} and this is ${major}: carry the data over ` +
      'with pg_dump of the old version, or remove the directory to start with an empty one.',
  );
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  // A connection that breaks outside a query raises this event, which ends the process if nobody listens.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What the first migration would make on a server of someone else's; each step may have been done before. */
async function makeRolesAndDatabase(client: pg.Client, secrets: Secrets): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select rolname as name from pg_roles union all select datname from pg_database',
  );
  const existing = new Set(rows.map(({ name }) => name));
  const steps: [name: string, statement: string][] = [
    ['sk_owner', 'create role sk_owner nologin'],
    ['sk_app', `create role sk_app login password ${client.escapeLiteral(secrets.sk_app)}`],
    [
      'sk_migrator',
      `create role sk_migrator login password ${client.escapeLiteral(secrets.sk_migrator)} in role sk_owner`,
    ],
    [DATABASE, `create database ${DATABASE} owner sk_owner`],
  ];
  for (const [name, statement] of steps) {
    if (!existing.has(name)) await client.query(statement);
  }
}
