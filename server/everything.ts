import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Closing } from './closing.ts';
import { type Config, databaseUrlFile } from './config.ts';
import { migrate } from './db/migrate.ts';
import { DEMO_PASSWORD, isSeeded, seed } from './demo/seed.ts';
import { startEmbeddedPostgres } from './embedded/postgres.ts';
import type { Log } from './log.ts';
import { openPlatform } from './platform.ts';
import { runProcess } from './process.ts';

/** `npm start`: all doors in one process, on a database of its own unless one is named. */
await runProcess('everything', async ({ config, log, closing }) => {
  const databaseUrl = config.databaseUrl ?? (await ownDatabase({ config, log, closing }));
  if (config.databaseUrl && config.migrateDatabaseUrl) await migrate(config.migrateDatabaseUrl);
  const { house, pay } = await openPlatform(config, { databaseUrl, log, closing });
  const toSeed = config.seed && pay !== null && !(await isSeeded(house));
  announce(config);
  if (!toSeed) return;
  console.log(
    '  Planting the demo: three campaigns and two hundred gifts. Open a page and watch them arrive.',
  );
  await seed(house, { pay });
  console.log('  The demo is planted.\n');
});

/** The embedded PostgreSQL, migrated. Its address is left for the commands beside the platform. */
async function ownDatabase({
  config,
  log,
  closing,
}: {
  config: Config;
  log: Log;
  closing: Closing;
}): Promise<string> {
  const postgres = await startEmbeddedPostgres({
    dataDir: join(config.dataDir, 'postgres'),
    log: (line) => log.logger.info({ postgres: line }, 'embedded database'),
  });
  // Opened first, so that it is closed last.
  closing.add('postgres', postgres.stop);
  await migrate(postgres.urlFor('sk_migrator'));
  const url = postgres.urlFor('sk_app');
  await writeFile(databaseUrlFile(config.dataDir), `${url}\n`, { mode: 0o600 });
  return url;
}

function announce({ publicUrl, midtrans, seed }: Config): void {
  console.log(`
  Sangkuriang is up.

    Pages      ${publicUrl}
    API        ${publicUrl}/api/v1${midtrans.simulatorPort === null ? '' : `\n    Simulator  http://127.0.0.1:${midtrans.simulatorPort}`}
${seed ? `\n    Sign in as ada, budi (campaign owner), citra (moderator), dewi or eko (finance)\n    @sangkuriang.test with the password  ${DEMO_PASSWORD}\n` : ''}
  Ctrl-C drains and stops.
`);
}
