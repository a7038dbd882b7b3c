import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { startJobs } from '../jobs/timetable.ts';
import { realtime } from '../realtime/io.ts';
import { simulator } from '../simulator/app.ts';
import { app } from './app.ts';
import type { Config } from './config.ts';
import { GUEST } from './domain/accounts/principal.ts';
import { ACCESS_TOKEN_MS } from './domain/accounts/tokens.ts';
import { mayWatch, readFeed, readHeads } from './domain/feeds/watch.ts';
import type { Log } from './log.ts';
import { root } from './root.ts';
import { type House, openHouse } from './wiring.ts';

/** Connections that are idle are closed by us last, after any proxy in front has given them up. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;
/** One step of closing that takes longer than this, and than the drain, is given up and said. */
const CLOSE_MS_MAX = 10_000;
const SWEEP_MS = 50;

export type Platform = {
  house: House;
  /** Pays an order at the simulated gateway, as a donor's phone would. Null where the gateway is a real one. */
  pay: ((reference: string) => Promise<void>) | null;
  /** Says that it is going, answers what is in flight, and closes in reverse. */
  close(): Promise<void>;
};

/** All doors on one house in one process, and a simulated gateway where no real one is set. The database is migrated. */
export async function openPlatform(
  config: Config,
  { databaseUrl, log }: { databaseUrl: string; log: Log },
): Promise<Platform> {
  /** Every step that opens something adds how to close it. */
  const closing: { what: string; close(): Promise<unknown> }[] = [];
  let draining = false;
  const close = async (): Promise<void> => {
    draining = true;
    for (const { what, close } of closing.reverse()) {
      const patience = CLOSE_MS_MAX + config.drainMs;
      await within(patience, close()).catch((fault: unknown) => log.fault(`closing ${what}`, fault));
    }
  };
  try {
    const { simulatorPort } = config.midtrans;
    const pay = simulatorPort === null ? null : await simulateGateways(simulatorPort);
    const house = await openHouse(config, { databaseUrl, log });
    closing.push({ what: 'house', close: () => house.close() });

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

    const stopJobs = startJobs({ ...house, onBroken: log.booksBroken, onRan: log.jobRan });
    closing.push({ what: 'jobs', close: stopJobs });
    return { house, pay, close };
  } catch (fault) {
    await close();
    throw fault;
  }

  /** The gateways' side of the wire, on its own port. */
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
    // Never to the world: whoever reaches it pays with nothing.
    await listen(server, port, '127.0.0.1');
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
}

function listen(server: Server, port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken. Choose another one: PORT=${port + 10} npm start`)
          : error,
      ),
    );
    server.listen({ port, ...(host ? { host } : {}) }, resolve);
  });
}

/** Takes no new connection, answers what is in flight, then closes what is idle. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A connection whose last answer is still on its way only becomes idle, and a candidate for closing, after it.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
