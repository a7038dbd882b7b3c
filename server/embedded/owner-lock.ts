import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { birthOf, isErrno } from './processes.ts';

/** Another living process owns the data directory. */
export class DatabaseInUse extends Error {
  override name = 'DatabaseInUse';
}

const ATTEMPTS_MAX = 20;

/**
 * Makes this process the only owner of `lockFile` and answers how to give it up.
 * The lock of an owner that no longer lives is taken over.
 * @throws DatabaseInUse
 */
export function own(lockFile: string, dataDir: string): () => void {
  const mine = JSON.stringify({ pid: process.pid, born: birthOf(process.pid) });
  const draft = `${lockFile}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      // A link appears whole or not at all: nobody reads a lock that is still being written.
      if (linked(draft, lockFile)) return () => release(lockFile, mine);
      const found = readLock(lockFile);
      if (found === null) continue;
      const owner = parse(found);
      if (owner && birthOf(owner.pid) === owner.born) throw inUse(dataDir, owner.pid);
      removeStale(lockFile, found, `${draft}.stale`);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`Could not get hold of ${lockFile} in ${ATTEMPTS_MAX} attempts.`);
}

const inUse = (dataDir: string, pid: number): DatabaseInUse =>
  new DatabaseInUse(
    `The database in ${dataDir} is in use by the running process ${pid}: stop that one first, or set DATABASE_URL.`,
  );

/** Two processes may find the same dead owner: a rename gives the file to one of them only. */
function removeStale(lockFile: string, stale: string, grave: string): void {
  try {
    renameSync(lockFile, grave);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  // The other was quicker and this is already its living lock: put it back.
  if (readLock(grave) !== stale) linked(grave, lockFile);
  rmSync(grave, { force: true });
}

function release(lockFile: string, mine: string): void {
  if (readLock(lockFile) === mine) rmSync(lockFile, { force: true });
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function readLock(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function parse(text: string): { pid: number; born: string } | null {
  try {
    const { pid, born } = JSON.parse(text) as { pid?: unknown; born?: unknown };
    return typeof pid === 'number' && typeof born === 'string' ? { pid, born } : null;
  } catch {
    return null;
  }
}
