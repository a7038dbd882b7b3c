import { httpServer, listen } from '../server/listen.ts';
import { probes } from '../server/probes.ts';
import { databaseOf, runProcess } from '../server/process.ts';
import { openGround } from '../server/wiring.ts';
import { liveDoor } from './open.ts';

/** The live door alone. Any number of them run beside each other; a socket may land on each. */
await runProcess('realtime', async ({ config, log, closing }) => {
  const ground = await openGround(config, { databaseUrl: databaseOf(config), log });
  closing.add('ground', ground.close);
  const server = httpServer(probes({ db: ground.db, metrics: log.metrics, draining: closing.draining }));
  const live = liveDoor(ground, { config, log });
  live.attach(server);
  await listen(server, { port: config.port, closing });
  // Before the server: it never ends while a socket is open.
  closing.add('live', live.drain);
});
