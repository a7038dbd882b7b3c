import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Account, BARE_ENVIRONMENT, birthOf, commandOf, isErrno } from './processes.ts';

/** A running server, started by us or found running. */
export interface Postmaster {
  pid: number;
  port: number;
}

export interface PostmasterOptions {
  postgres: string;
  dataDir: string;
  logFile: string;
  account: Account | null;
  settings: Record<string, string>;
  /** Answers once the server accepts a connection of ours on the port; throws if it never will. */
  connect: (port: number) => Promise<void>;
  onUnexpectedEnd: (how: string) => void;
}

/** Recovery after a crash reads the log since the last checkpoint: up to 1 GB (max_wal_size). */
const READY_MS_MAX = 60_000;
/** A fast shutdown ends the sessions and writes one checkpoint. */
const FAST_STOP_MS_MAX = 20_000;
/** After SIGQUIT the postmaster itself kills children that linger for 5 s. */
const QUIT_MS_MAX = 8_000;
const POLL_MS = 10;
const WRONG_PASSWORD = '28P01';
const PORTS_TRIED_MAX = 5;
const LOG_TAIL_LINES = 20;
const LOG_TAIL_BYTES_MAX = 16_384;
const LOG_BYTES_MAX = 8_000_000;

/** The server that runs on the data directory by the word of its pid file, checked against the process. */
export function findPostmaster(dataDir: string): (Postmaster & { status: string }) | null {
  const file = readPidFile(dataDir);
  if (!file || birthOf(file.pid) === null) return null;
  const isOurs = `${commandOf(file.pid) ?? ''} `.includes(`/postgres -D ${dataDir} `);
  return isOurs ? file : null;
}

/** Adopts the server that an app which was killed left running with the same settings, else starts one. */
export async function runPostmaster(options: PostmasterOptions, port?: number): Promise<Postmaster> {
  const orphan = findPostmaster(options.dataDir);
  if (orphan) {
    const fits = orphan.status !== 'stopping' && hasSettings(options, orphan.port);
    if (fits && (await becomesReady(options, orphan, Date.now() + READY_MS_MAX))) return orphan;
    await stopPostmaster(orphan);
  }
  return launch(options, port);
}

async function launch(options: PostmasterOptions, fixedPort?: number): Promise<Postmaster> {
  const deadline = Date.now() + READY_MS_MAX;
  for (let portsTried = 1; ; ) {
    const port = fixedPort ?? (await freePort());
    const logStart = limitLog(options.logFile);
    const child = start(options, port);
    const pid = await pidOf(child, options);
    const postmaster = { pid, port };
    if (await isReadyOrStopped(options, postmaster, deadline)) {
      child.once('exit', (code, signal) => options.onUnexpectedEnd(String(signal ?? code)));
      return postmaster;
    }
    const tail = logTail(options.logFile, logStart);
    const portTaken = tail.includes('Address already in use') && portsTried < PORTS_TRIED_MAX;
    // A killed postmaster's children live on until they notice; two generations at once would ruin the data.
    const stillShared = tail.includes('pre-existing shared memory block') && Date.now() < deadline;
    if (!portTaken && !stillShared) throw new Error(`PostgreSQL did not start; its log says:\n${tail}`);
    if (portTaken) portsTried++;
    await pause(POLL_MS * 10);
  }
}

function start(
  { postgres, dataDir, logFile, account, settings }: PostmasterOptions,
  port: number,
): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(postgres, argumentsFor(dataDir, port, settings), {
      cwd: '/',
      env: { ...BARE_ENVIRONMENT, ...ignoringStalePid(dataDir) },
      stdio: ['ignore', log, log],
      // Its own process group: Ctrl-C must not reach the database before the app has drained.
      detached: true,
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function pidOf(child: ChildProcess, { postgres }: PostmasterOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`Cannot run ${postgres}: ${error.message}`)));
    if (child.pid !== undefined) resolve(child.pid);
  });
}

const argumentsFor = (dataDir: string, port: number, settings: Record<string, string>): string[] => [
  '-D',
  dataDir,
  '-p',
  String(port),
  ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

/** The arguments of the last start stand in postmaster.opts, each in quotes, after the program. */
function hasSettings({ dataDir, settings }: PostmasterOptions, port: number): boolean {
  const wanted = argumentsFor(dataDir, port, settings).map((argument) => ` "${argument}"`);
  return readFileSync(join(dataDir, 'postmaster.opts'), 'utf8').trimEnd().endsWith(wanted.join(''));
}

/**
 * After a reboot, or in a new container, the number in a stale pid file may belong to a stranger, or to a
 * zombie that nobody reaps, and PostgreSQL would refuse to start. It leaves out the process named here,
 * meant for pg_ctl, and still checks that no server's shared memory is in use.
 */
function ignoringStalePid(dataDir: string): { PG_GRANDPARENT_PID?: string } {
  const file = readPidFile(dataDir);
  if (!file) return {};
  const mayBeServer =
    birthOf(file.pid) !== null && /(^|\/)postgres(:? |$)/.test(commandOf(file.pid) ?? 'postgres');
  return mayBeServer ? {} : { PG_GRANDPARENT_PID: String(file.pid) };
}

/** A server of ours that cannot be used must not stay behind. */
async function isReadyOrStopped(
  options: PostmasterOptions,
  postmaster: Postmaster,
  deadline: number,
): Promise<boolean> {
  try {
    return await becomesReady(options, postmaster, deadline);
  } catch (error) {
    await stopPostmaster(postmaster);
    throw error;
  }
}

/** False if the process ended. */
async function becomesReady(
  { dataDir, connect }: PostmasterOptions,
  { pid, port }: Postmaster,
  deadline: number,
): Promise<boolean> {
  const born = birthOf(pid);
  let trouble: unknown = 'it has not said that it is ready';
  while (Date.now() < deadline) {
    if (born === null || birthOf(pid) !== born) return false;
    // Before its pid file says so, whoever answers on this port may be another program.
    const file = readPidFile(dataDir);
    if (file?.pid === pid && file.port === port && file.status === 'ready') {
      try {
        await connect(port);
        return true;
      } catch (error) {
        if (isErrno(error, WRONG_PASSWORD)) {
          throw new Error(`The passwords kept beside ${dataDir} do not open the database in it.`, {
            cause: error,
          });
        }
        trouble = error;
      }
    }
    await pause(POLL_MS);
  }
  throw new Error(`PostgreSQL was not ready within ${READY_MS_MAX / 1000} s: ${trouble}`);
}

/** Stops a server: its sessions end, everything is written down; after a time limit without the latter. */
export async function stopPostmaster({ pid }: Postmaster): Promise<void> {
  const born = birthOf(pid);
  const isGone = (): boolean => born === null || birthOf(pid) !== born;
  for (const [signal, patienceMs] of [
    ['SIGINT', FAST_STOP_MS_MAX],
    ['SIGQUIT', QUIT_MS_MAX],
    ['SIGKILL', QUIT_MS_MAX],
  ] as const) {
    const deadline = Date.now() + patienceMs;
    if (isGone()) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isErrno(error, 'ESRCH')) throw error;
    }
    while (!isGone() && Date.now() < deadline) await pause(POLL_MS);
  }
  if (!isGone()) throw new Error(`PostgreSQL (process ${pid}) does not end.`);
}

function readPidFile(dataDir: string): (Postmaster & { status: string }) | null {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return pid > 0 ? { pid, port, status: lines[7]?.trim() ?? '' } : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/**
 * Keeps the server's log and one older part, each up to LOG_BYTES_MAX; answers the log's size now.
 * Copied and cut rather than renamed: a running server keeps appending to the file it has open.
 */
export function limitLog(logFile: string): number {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES_MAX) return size;
  copyFileSync(logFile, `${logFile}.1`);
  truncateSync(logFile);
  return 0;
}

function logTail(logFile: string, from: number): string {
  const size = statSync(logFile).size;
  const start = Math.max(from, size - LOG_TAIL_BYTES_MAX);
  const bytes = Buffer.alloc(size - start);
  const file = openSync(logFile, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, start);
  } finally {
    closeSync(file);
  }
  return bytes.toString('utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
