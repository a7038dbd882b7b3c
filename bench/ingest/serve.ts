import { createServer } from 'node:http';
import { app } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { book } from '../../server/domain/donations/receive.ts';
import type { Gateway, Notice, Outcome } from '../../server/domain/gateways/gateway.ts';
import { openLog } from '../../server/log.ts';
import { openHouse } from '../../server/wiring.ts';

/**
 * What the product is measured against: the same Express app with the same guards, where `/webhooks/midtrans` books
 * each notice in a transaction of its own, the classic way, and `/webhooks/noop` reads the body and answers.
 */
const config = readConfig();
const log = openLog({ level: config.logLevel });
const { databaseUrl } = config;
if (!databaseUrl) throw new Error('the benchmark gives its database');
const house = await openHouse(config, { databaseUrl, log });

const receiveOne = async (notice: Notice): Promise<Outcome> => {
  const { outcomes, news } = await book(house.db, [notice]);
  house.bus.publish(news);
  return outcomes[0] ?? 'failed';
};
const noop: Gateway = { ...house.gateways.midtrans, read: () => [] };

const server = createServer(
  app(
    {
      ...house,
      receive: (notices) => Promise.all(notices.map(receiveOne)),
      // A name that the product does not know: only this process routes it.
      gateways: { ...house.gateways, noop } as typeof house.gateways,
    },
    { config, log, dist: 'web/dist', draining: () => false },
  ),
);
server.listen(config.port, '127.0.0.1');

process.on('SIGTERM', () => {
  server.close(() => void house.close().then(() => process.exit()));
  server.closeAllConnections();
});
