import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, isErrno, runAs } from './processes.ts';

/** Where the cluster really lives and who runs it. */
export interface Place {
  dataDir: string;
  account: Account | null;
}

/** Where root keeps what the database's account must reach, best first. */
const SHARED_BASES = ['/var/lib/sangkuriang', '/var/tmp/sangkuriang'];

/**
 * Finds, or makes, the place for the data directory `asked`. An ordinary user keeps it just there.
 * PostgreSQL refuses to run as root, so root lends it to another account; where that account cannot
 * walk to `asked` (a clone under /root), the data live in a shared base and `asked` is a link to them.
 * @throws an error of one sentence if the directory belongs to someone else or is out of reach.
 */
export async function findPlace(asked: string, log: (line: string) => void): Promise<Place> {
  await mkdir(dirname(resolve(asked)), { recursive: true });
  const path = join(realpathSync(dirname(resolve(asked))), basename(asked));
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  const found = statSync(path, { throwIfNoEntry: false });
  if (isLink && !found) {
    throw new Error(
      `${path} is a link to a database that is gone: bring that back, or remove the link to start with an empty one.`,
    );
  }
  const dataDir = found ? realpathSync(path) : path;

  const ownUid = process.getuid?.() ?? -1;
  if (ownUid !== 0) {
    if (found && found.uid !== ownUid) {
      throw new Error(
        `The database in ${path} belongs to the user with id ${found.uid}: start as that user (or as root, ` +
          'if root made it), or remove it.',
      );
    }
    return { dataDir, account: null };
  }

  const passwd = readFileSync('/etc/passwd', 'utf8');
  const account =
    found && found.uid !== 0
      ? { name: nameOf(found.uid, passwd), uid: found.uid, gid: found.gid }
      : databaseAccount(passwd);
  if (isLink || (await canEnter(account, dirname(path)))) return { dataDir, account };
  if (existsSync(join(path, 'PG_VERSION'))) {
    throw new Error(
      `The user ${account.name}, who runs PostgreSQL, can no longer reach the database in ${path}.`,
    );
  }
  return { dataDir: await makeHomeElsewhere(path, account, log), account };
}

/** The account for PostgreSQL on a machine where we are root, from the text of /etc/passwd. */
export function databaseAccount(passwd: string): Account {
  const accounts = parsePasswd(passwd);
  const account =
    accounts.find(({ name, uid }) => name === 'postgres' && uid !== 0) ??
    accounts.find(({ name, uid }) => name === 'nobody' && uid !== 0);
  if (!account) {
    throw new Error(
      'PostgreSQL refuses to run as root and there is neither a user postgres nor a user nobody to run it: ' +
        'start as an ordinary user, or set DATABASE_URL.',
    );
  }
  return account;
}

function parsePasswd(passwd: string): Account[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

const nameOf = (uid: number, passwd: string): string =>
  parsePasswd(passwd).find((account) => account.uid === uid)?.name ?? `with id ${uid}`;

/** Asked of the kernel rather than worked out from mode bits, which know no ACLs and no mounts. */
async function canEnter(account: Account, dir: string): Promise<boolean> {
  try {
    await runAs(account, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir]);
    return true;
  } catch (error) {
    // The shell's own exit code is a number: it ran and could not enter.
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return false;
    throw error;
  }
}

async function makeHomeElsewhere(
  path: string,
  account: Account,
  log: (line: string) => void,
): Promise<string> {
  const [base] = await sharedBases(account);
  if (!base) {
    throw new Error(
      `The user ${account.name}, who runs PostgreSQL, can reach none of ${dirname(path)}, ${SHARED_BASES.join(', ')}.`,
    );
  }
  const prefix = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const earlier = readdirSync(base).filter((name) => name.startsWith(`${prefix}-`));
  if (earlier.length > 0) {
    log(
      `Databases that ${path} had before are still in ${base}: ${earlier.join(', ')}. Remove them if unwanted.`,
    );
  }
  const home = join(base, `${prefix}-${randomBytes(4).toString('hex')}`);
  const dataDir = join(home, 'postgres');
  await mkdir(home);
  await chmod(home, 0o755);
  await mkdir(dataDir, { mode: 0o700 });
  await chown(dataDir, account.uid, account.gid);
  await writeFile(join(home, 'belongs-to'), `${path}\n`);
  try {
    await symlink(dataDir, path);
  } catch (error) {
    await rm(home, { recursive: true });
    // Another process that started at the same moment was first: its home is ours too.
    if (isErrno(error, 'EEXIST') && (await lstat(path)).isSymbolicLink()) return realpathSync(path);
    throw error;
  }
  log(`The user ${account.name} cannot reach ${dirname(path)}: the database lives in ${dataDir}.`);
  return dataDir;
}

/**
 * The shared bases that exist, or could be made, and that `account` can enter; for root only.
 * Modes are set apart from mkdir, whose own a umask of 077 would make useless to the account.
 */
export async function sharedBases(account: Account): Promise<string[]> {
  const usable: string[] = [];
  for (const base of SHARED_BASES) {
    try {
      await mkdir(base);
      await chmod(base, 0o755);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) continue;
    }
    // Anyone may have made a directory of this name in /var/tmp before us.
    const found = await lstat(base);
    const ours = found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
    if (ours && (await canEnter(account, base))) usable.push(base);
  }
  return usable;
}
