import { randomBytes } from 'node:crypto';
import { type FreshDatabase, freshDatabase } from './database.ts';
import { type Door, type DoorName, killed, startDoor } from './door.ts';
import { freePort } from './ports.ts';
import { startNginx, startRedis } from './services.ts';

const SERVER_KEY = 'SB-Mid-server-test-apart';

/**
 * The product as it runs in production: each door a process, twice, behind nginx, with Redis between them and the
 * simulator as their gateway.
 */
export async function startApart({
  settings = async () => ({}),
  on,
  floodFactor = 1,
}: {
  /** Of one door more than all have; `nth` is 0 or 1. */
  settings?: (name: DoorName, nth: number, has: { redisUrl: string }) => Promise<Record<string, string>>;
  on?: FreshDatabase;
  floodFactor?: number;
} = {}) {
  const database = on ?? (await freshDatabase());
  const redis = await startRedis();
  const port = { server: [0, 0], realtime: [0, 0], jobs: [0, 0], simulator: 0 } as {
    [name in 'server' | 'realtime' | 'jobs']: [number, number];
  } & { simulator: number };
  port.simulator = await freePort();
  for (const name of ['server', 'realtime', 'jobs'] as const)
    port[name] = [await freePort(), await freePort()];
  const nginx = await startNginx({ server: port.server, realtime: port.realtime, floodFactor });
  const simulatorUrl = `http://127.0.0.1:${port.simulator}`;
  const secret = randomBytes(32).toString('hex');
  const running = new Set<Door>();

  async function start(name: DoorName, at: number): Promise<Door> {
    const env: Record<string, string> =
      name === 'simulator'
        ? {
            NOTIFY_URL: `${nginx.url}/webhooks/midtrans`,
            MIDTRANS_SERVER_KEY: SERVER_KEY,
            // A notification that met a dead server comes again soon, not after a minute.
            RETRY_SCALE: '0.005',
          }
        : {
            NODE_ENV: 'production',
            LOG_LEVEL: 'warn',
            PUBLIC_URL: nginx.url,
            TRUST_PROXY: '1',
            DATABASE_URL: database.appUrl,
            REDIS_URL: redis.url,
            SECRET: secret,
            MIDTRANS_SERVER_KEY: SERVER_KEY,
            MIDTRANS_SNAP_URL: `${simulatorUrl}/midtrans/snap/v1`,
            MIDTRANS_CORE_URL: `${simulatorUrl}/midtrans`,
            LIMITS_FACTOR: '10000',
            DRAIN_MS: '500',
            ...(await settings(name, port[name].indexOf(at), { redisUrl: redis.url })),
          };
    const door = await startDoor(name, { port: at, env });
    running.add(door);
    return door;
  }
  const two = async (name: 'server' | 'realtime' | 'jobs'): Promise<[Door, Door]> => [
    await start(name, port[name][0]),
    await start(name, port[name][1]),
  ];

  async function close(): Promise<void> {
    await Promise.all([...running].map(killed));
    await nginx.stop();
    await redis.stop();
    await database.drop();
  }

  try {
    await start('simulator', port.simulator);
    return {
      servers: await two('server'),
      realtimes: await two('realtime'),
      jobs: await two('jobs'),
      url: nginx.url,
      simulatorUrl,
      secret,
      database,
      redis,
      start,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
export type Apart = Awaited<ReturnType<typeof startApart>>;
