import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A system account under which PostgreSQL runs; null elsewhere means "as ourselves". */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** Nothing of the caller's environment (PGDATA, LD_LIBRARY_PATH, LANG …) may reach PostgreSQL. */
export const BARE_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const COMMAND_MS_MAX = 120_000;

/**
 * Runs a program as `account` and answers what it printed.
 * @throws an error whose message carries what the program wrote to stderr.
 */
export async function runAs(account: Account | null, file: string, args: string[]): Promise<string> {
  // The caller's directory may be one that the account cannot enter, and initdb insists on entering it.
  const options = { cwd: '/', env: BARE_ENVIRONMENT, timeout: COMMAND_MS_MAX };
  const identity = account ? { uid: account.uid, gid: account.gid } : {};
  try {
    const { stdout } = await promisify(execFile)(file, args, { ...options, ...identity });
    return stdout;
  } catch (error) {
    // EINVAL: in a user namespace that maps root alone.
    if (account && isErrno(error, 'EPERM', 'EINVAL')) throw new Error(cannotBecome(account));
    throw error;
  }
}

const cannotBecome = ({ name }: Account): string =>
  `PostgreSQL refuses to run as root and this process may not become the user ${name}; ` +
  'start it as an ordinary user or set DATABASE_URL.';

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * What tells a process from a later one that got the same number (boot and start time);
 * null if no process lives under that number. A zombie does not live: in a container whose first
 * process reaps nobody's children, a dead orphan stays one for ever.
 */
export function birthOf(pid: number): string | null {
  if (process.platform !== 'linux') return birthByPs(pid);
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The command's name stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return `${readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${fields[19] ?? ''}`;
}

function birthByPs(pid: number): string | null {
  const line = psOrNull('stat=,lstart=', pid);
  if (!line || line.startsWith('Z')) return null;
  return line.replace(/^\S+\s+/, '');
}

/** The command line of a living process, its words parted by spaces; null if it cannot be read. */
export function commandOf(pid: number): string | null {
  if (process.platform !== 'linux') return psOrNull('args=', pid);
  return readOrNull(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? null;
}

function psOrNull(columns: string, pid: number): string | null {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('/bin/ps', ['-o', columns, '-p', String(pid)], { stdio })
      .toString()
      .trim();
  } catch {
    return null;
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
