import { join } from 'node:path';
import { startJobs } from '../jobs/timetable.ts';
import { liveDoor } from '../realtime/open.ts';
import { simulator } from '../simulator/app.ts';
import { app } from './app.ts';
import type { Closing } from './closing.ts';
import type { Config } from './config.ts';
import { httpServer, listen } from './listen.ts';
import type { Log } from './log.ts';
import { root } from './root.ts';
import { type House, openHouse } from './wiring.ts';

export type Platform = {
  house: House;
  /** Pays an order at the simulated gateway, as a donor's phone would. Null where the gateway is a real one. */
  pay: ((reference: string) => Promise<void>) | null;
};

/** All doors on one house in one process, and a simulated gateway where no real one is set. The database is migrated. */
export async function openPlatform(
  config: Config,
  { databaseUrl, log, closing }: { databaseUrl: string; log: Log; closing: Closing },
): Promise<Platform> {
  const { simulatorPort } = config.midtrans;
  const simulated = simulatorPort === null ? null : await simulateGateways(simulatorPort);
  const smtpUrl = config.smtpUrl ?? simulated?.smtpUrl ?? null;
  const house = await openHouse({ ...config, smtpUrl }, { databaseUrl, log });
  closing.add('house', house.close);

  const dist = join(root, 'web/dist');
  const server = httpServer(app(house, { config, log, dist, draining: closing.draining }));
  const live = liveDoor(house, { config, log });
  live.attach(server);
  await listen(server, { port: config.port, closing });
  // Before the server: it never ends while a socket is open.
  closing.add('live', live.drain);

  closing.add(
    'jobs',
    startJobs({ ...house, onBroken: log.booksBroken, onFigures: log.figures, onRan: log.jobRan }),
  );
  return { house, pay: simulated?.pay ?? null };

  /** The gateways' side of the wire on its own port, and a mailbox for what we send. */
  async function simulateGateways(
    port: number,
  ): Promise<{ smtpUrl: string; pay(reference: string): Promise<void> }> {
    const url = `http://127.0.0.1:${port}`;
    const simulated = simulator({
      publicUrl: url,
      midtrans: {
        serverKey: config.midtrans.serverKey,
        merchantId: config.midtrans.merchantId ?? 'G000000000',
        notifyUrl: `http://127.0.0.1:${config.port}/webhooks/midtrans`,
      },
      ...(config.iris
        ? { iris: { ...config.iris, notifyUrl: `http://127.0.0.1:${config.port}/webhooks/iris` } }
        : {}),
      log: (line) => log.logger.warn({ simulator: line }, 'simulator'),
    });
    // Never to the world: whoever reaches it pays with nothing.
    await listen(httpServer(simulated.app), { port, host: '127.0.0.1', closing });
    closing.add('simulator', simulated.close);
    const smtpUrl = await simulated.listenForMail();
    const pay = async (reference: string): Promise<void> => {
      const answer = await fetch(`${url}/_control/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orderId: reference }),
      });
      if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to a payment`);
    };
    return { smtpUrl, pay };
  }
}
