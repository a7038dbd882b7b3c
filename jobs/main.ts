import { httpServer, listen } from '../server/listen.ts';
import { probes } from '../server/probes.ts';
import { databaseOf, runProcess } from '../server/process.ts';
import { openHouse } from '../server/wiring.ts';
import { startJobs } from './timetable.ts';

/** The jobs alone. Several may run: each run of a job is taken by one of them. */
await runProcess('jobs', async ({ config, log, closing }) => {
  const house = await openHouse(config, { databaseUrl: databaseOf(config), log });
  closing.add('house', house.close);
  const server = httpServer(probes({ db: house.db, metrics: log.metrics, draining: closing.draining }));
  await listen(server, { port: config.port, closing });
  closing.add(
    'jobs',
    startJobs({ ...house, onBroken: log.booksBroken, onFigures: log.figures, onRan: log.jobRan }),
  );
});
