import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { startJobs } from '../jobs/timetable.ts';
import { realtime } from '../realtime/io.ts';
import { simulator } from '../simulator/app.ts';
import { app } from './app.ts';
import { type Config, databaseUrlFile, readConfig } from './config.ts';
import { migrate } from './db/migrate.ts';
import { DEMO_PASSWORD, isEmpty, seed } from './demo/seed.ts';
import { GUEST } from './domain/accounts/principal.ts';
import { ACCESS_TOKEN_MS } from './domain/accounts/tokens.ts';
import { mayWatch, readFeed, readHeads } from './domain/feeds/watch.ts';
import { startEmbeddedPostgres } from './embedded/postgres.ts';
import { openLog } from './log.ts';
import { root } from './root.ts';
import { openHouse } from './wiring.ts';

/** Connections that are idle are closed by us last, after any proxy in front has given them up. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;

/** Every step that opens something adds how to close it; closing runs in reverse. */
const closing: { what: string; close(): Promise<unknown> }[] = [];
let stopping: Promise<void> | null = null;
let draining = false;

const config = readConfig();
const log = openLog({ level: config.logLevel });
process.on('SIGINT', () => void stop('SIGINT'));
process.on('SIGTERM', () => void stop('SIGTERM'));
process.on('uncaughtException', (fault) => void stop('uncaughtException', fault));
process.on('unhandledRejection', (fault) => void stop('unhandledRejection', fault));

try {
  await start();
} catch (fault) {
  await stop('it could not start', fault);
}

async function start(): Promise<void> {
  const databaseUrl = config.databaseUrl ?? (await ownDatabase());
  if (config.databaseUrl && config.migrateDatabaseUrl) await migrate(config.migrateDatabaseUrl);
  const house = await openHouse(config, { databaseUrl, log });
  closing.push({ what: 'house', close: () => house.close() });

  const pay =
    config.midtrans.simulatorPort === null ? null : await simulateGateways(config.midtrans.simulatorPort);

  const server = createServer(
    app(house, { config, log, dist: join(root, 'web/dist'), draining: () => draining }),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS_MAX;
  server.requestTimeout = REQUEST_MS_MAX;
  const live = realtime({
    source: {
      read: (feed, since) => readFeed(house.db, feed, since),
      heads: (feeds) => readHeads(house.db, feeds),
    },
    bus: house.bus,
    identify: async (token) => (token === null ? GUEST : house.tokens.verify(token)),
    mayWatch: (principal, feed, claimToken) => mayWatch(house, { principal, feed, claimToken }),
    tokenLifeMs: ACCESS_TOKEN_MS,
    origins: [config.publicUrl],
    trustedHops: config.trustProxy,
    fault: (where, fault) => log.fault(where, fault),
    registry: log.metrics,
    drainMs: config.drainMs,
  });
  live.attach(server);
  await listen(server, config.port);
  closing.push({ what: 'http', close: () => closeServer(server) });
  // Before the server: it never ends while a socket is open.
  closing.push({ what: 'live', close: () => live.drain() });

  const stopJobs = startJobs({
    ...house,
    onBroken: log.booksBroken,
    onRan: log.jobRan,
  });
  closing.push({ what: 'jobs', close: stopJobs });

  if (config.seed && pay && (await isEmpty(house))) await seed(house, { pay });
  announce(config);
}

/** The embedded PostgreSQL, migrated; it is stopped last. */
async function ownDatabase(): Promise<string> {
  const postgres = await startEmbeddedPostgres({
    dataDir: join(config.dataDir, 'postgres'),
    log: (line) => log.logger.info({ postgres: line }, 'embedded database'),
  });
  closing.push({ what: 'postgres', close: () => postgres.stop() });
  await migrate(postgres.urlFor('sk_migrator'));
  const url = postgres.urlFor('sk_app');
  await writeFile(databaseUrlFile(config.dataDir), `${url}\n`, { mode: 0o600 });
  return url;
}

/** The gateways' side of the wire, on its own port. Returns how to pay an order there, as a donor's phone would. */
async function simulateGateways(port: number): Promise<(reference: string) => Promise<void>> {
  const url = `http://127.0.0.1:${port}`;
  const simulated = simulator({
    publicUrl: url,
    midtrans: {
      serverKey: config.midtrans.serverKey,
      merchantId: config.midtrans.merchantId ?? 'G000000000',
      notifyUrl: `http://127.0.0.1:${config.port}/webhooks/midtrans`,
    },
    log: (line) => log.logger.warn({ simulator: line }, 'simulator'),
  });
  const server = createServer(simulated.app);
  await listen(server, port);
  closing.push({
    what: 'simulator',
    async close() {
      await simulated.close();
      await closeServer(server);
    },
  });
  return async (reference) => {
    const answer = await fetch(`${url}/_control/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: reference }),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to a payment`);
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken. Choose another one: PORT=${port + 10} npm start`)
          : error,
      ),
    );
    server.listen(port, resolve);
  });
}

/** Takes no new connection, answers what is in flight, then closes what is idle. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
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

/** Once, whatever calls it: says that it is going, then closes in reverse. A second signal changes nothing. */
function stop(reason: string, fault?: unknown): Promise<void> {
  stopping ??= (async () => {
    draining = true;
    if (fault !== undefined) {
      log.fault(reason, fault);
      process.exitCode = 1;
      if (fault instanceof Error) console.error(fault.message);
    }
    for (const { what, close } of closing.reverse()) {
      await close().catch((error: unknown) => log.fault(`closing ${what}`, error));
    }
    log.stopped(reason);
    process.exit();
  })();
  return stopping;
}
