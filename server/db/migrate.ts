import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { root } from '../root.ts';

/**
 * Brings the database's schema up to date from `sql/migrations`, under an advisory lock, all or nothing.
 * `url` must belong to sk_migrator, or for the very first run to a role that may create roles.
 */
export async function migrate(url: string, log: (line: string) => void = () => {}): Promise<void> {
  await runner({
    databaseUrl: url,
    dir: join(root, 'sql/migrations'),
    direction: 'up',
    migrationsTable: 'sk_migrations',
    singleTransaction: true,
    // Servers that start together: one migrates, the others wait for it.
    advisoryLockMode: 'wait',
    verbose: false,
    logger: { debug: () => {}, info: log, warn: log, error: log },
  });
}
