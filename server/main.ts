import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, databaseUrlFile, readConfig } from './config.ts';
import { migrate } from './db/migrate.ts';
import { DEMO_PASSWORD, isSeeded, seed } from './demo/seed.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/postgres.ts';
import { openLog } from './log.ts';
import { openPlatform, type Platform } from './platform.ts';

const config = readConfig();
const log = openLog({ level: config.logLevel });
let postgres: EmbeddedPostgres | null = null;
let platform: Platform | null = null;
let stopping: Promise<void> | null = null;

process.on('SIGINT', () => void stop('SIGINT'));
process.on('SIGTERM', () => void stop('SIGTERM'));
process.on('uncaughtException', (fault) => void stop('uncaughtException', fault));
process.on('unhandledRejection', (fault) => void stop('unhandledRejection', fault));

try {
  const databaseUrl = config.databaseUrl ?? (await ownDatabase());
  if (config.databaseUrl && config.migrateDatabaseUrl) await migrate(config.migrateDatabaseUrl);
  platform = await openPlatform(config, { databaseUrl, log });
  const { house, pay } = platform;
  const seeding = config.seed && pay !== null && !(await isSeeded(house));
  announce(config);
  if (seeding) {
    console.log(
      '  Planting the demo: three campaigns and two hundred gifts. Open a page and watch them arrive.',
    );
    await seed(house, { pay });
    console.log('  The demo is planted.\n');
  }
} catch (fault) {
  await stop('it could not start', fault);
}

/** The embedded PostgreSQL, migrated. Its address is left for the commands beside the platform. */
async function ownDatabase(): Promise<string> {
  postgres = await startEmbeddedPostgres({
    dataDir: join(config.dataDir, 'postgres'),
    log: (line) => log.logger.info({ postgres: line }, 'embedded database'),
  });
  await migrate(postgres.urlFor('sk_migrator'));
  const url = postgres.urlFor('sk_app');
  await writeFile(databaseUrlFile(config.dataDir), `${url}\n`, { mode: 0o600 });
  return url;
}

function announce({ publicUrl, midtrans, seed }: Config): void {
  log.started({ publicUrl });
  console.log(`
  Sangkuriang is up.

    Pages      ${publicUrl}
    API        ${publicUrl}/api/v1${midtrans.simulatorPort === null ? '' : `\n    Simulator  http://127.0.0.1:${midtrans.simulatorPort}`}
${seed ? `\n    Sign in as ada, budi (campaign owner), citra (moderator) or dewi (finance)\n    @sangkuriang.test with the password  ${DEMO_PASSWORD}\n` : ''}
  Ctrl-C drains and stops.
`);
}

/** Once, whatever calls it; the database goes last. A second signal changes nothing. */
function stop(reason: string, fault?: unknown): Promise<void> {
  stopping ??= (async () => {
    if (fault !== undefined) {
      process.exitCode = 1;
      log.fault(reason, fault);
      if (fault instanceof Error) console.error(fault.message);
    }
    await platform?.close();
    await postgres?.stop().catch((error: unknown) => log.fault('closing postgres', error));
    log.stopped(reason);
    process.exit();
  })();
  return stopping;
}
