import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { closing } from '../../server/closing.ts';
import { readConfig } from '../../server/config.ts';
import { openLog } from '../../server/log.ts';
import { openPlatform } from '../../server/platform.ts';
import { freshDatabase } from './database.ts';

/** The whole platform in this process: all doors, the simulator, and a database of its own. */
export async function startPlatform(settings: Record<string, string> = {}) {
  const database = await freshDatabase();
  const port = await twoFreePorts();
  const config = readConfig({
    PORT: String(port),
    DATABASE_URL: database.appUrl,
    SECRET: randomBytes(32).toString('hex'),
    LOG_LEVEL: 'silent',
    DRAIN_MS: '200',
    ...settings,
  });
  const log = openLog({ level: config.logLevel });
  const steps = closing({ drainMs: config.drainMs, onFault: log.fault });
  const { house, pay } = await openPlatform(config, {
    databaseUrl: database.appUrl,
    log,
    closing: steps,
  }).catch(async (fault: unknown) => {
    await steps.close();
    throw fault;
  });
  if (!pay) throw new Error('tests pay at the simulator');
  return {
    url: config.publicUrl,
    simulatorUrl: `http://127.0.0.1:${port + 1}`,
    config,
    database,
    house,
    log,
    pay,
    async close() {
      await steps.close();
      await database.drop();
    },
  };
}
export type TestPlatform = Awaited<ReturnType<typeof startPlatform>>;

/** Two in a row, from below the range out of which the system takes the ports of outgoing connections. */
export async function twoFreePorts(): Promise<number> {
  const isFree = (port: number) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, () => server.close(() => resolve(true)));
    });
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}
