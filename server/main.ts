import { join } from 'node:path';
import { app } from './app.ts';
import { httpServer, listen } from './listen.ts';
import { databaseOf, runProcess } from './process.ts';
import { root } from './root.ts';
import { openHouse } from './wiring.ts';

/** The server alone: REST, webhooks and pages. Any number of them run beside each other. */
await runProcess('server', async ({ config, log, closing }) => {
  const house = await openHouse(config, { databaseUrl: databaseOf(config), log });
  closing.add('house', house.close);
  const dist = join(root, 'web/dist');
  const server = httpServer(app(house, { config, log, dist, draining: closing.draining }));
  await listen(server, { port: config.port, closing });
});
