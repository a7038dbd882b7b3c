import { readMigrateConfig } from './config.ts';
import { acting, closeDb, openDb } from './db/open.ts';

/**
 * `npm run renew-epochs`, as the role that migrates: after PostgreSQL was set back to an older state, by a backup or by a
 * failover that may have lost commits, and before anybody gives again. Every feed begins another history under its name,
 * so that nobody takes the next event numbered 41 for the one numbered 41 that is no more: all who watch, and all
 * processes that follow, start over from the state. Doing it once too often costs each watcher one state.
 */
const db = openDb({ url: readMigrateConfig().migrateDatabaseUrl, max: 1, name: 'sangkuriang-renew-epochs' });
try {
  const count = await acting(db, 'system', 'feeds.renew', (tx) => tx.feeds.renewEpochs());
  console.log(`${count} feeds begin anew.`);
} finally {
  await closeDb(db);
}
