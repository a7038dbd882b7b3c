import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../server/db/migrate.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../server/embedded/postgres.ts';
import { root } from '../server/root.ts';

/** What benchmarks stand on: a PostgreSQL of their own that syncs every commit to disk, and built servers. */

const READY_MS_MAX = 15_000;
const POOL = 10;

export type Urls = { appUrl: string; adminUrl: string };

/** Its own server, with the settings of the embedded default: fsync and synchronous_commit are on. */
export const openPostgres = (name: string): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({
    dataDir: join(root, '.data/bench', name),
    settings: { fsync: 'on', synchronous_commit: 'on' },
    log: say,
  });

/** A migrated database of this name, without what an earlier run left in it. */
export async function freshDatabase(postgres: EmbeddedPostgres, name: string): Promise<Urls> {
  await dropDatabase(postgres, name);
  await withAdmin(postgres.adminUrl, (admin) => admin.query(`create database ${name} owner sk_owner`));
  await migrate(postgres.urlFor('sk_migrator', name));
  const adminUrl = new URL(postgres.adminUrl);
  adminUrl.pathname = `/${name}`;
  return { appUrl: postgres.urlFor('sk_app', name), adminUrl: adminUrl.href };
}

export const dropDatabase = (postgres: EmbeddedPostgres, name: string): Promise<unknown> =>
  withAdmin(postgres.adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));

export async function withAdmin(url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

/** A process as in production, up and serving. */
export async function startServer(
  args: string[],
  port: number,
  settings: Record<string, string>,
): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      PORT: String(port),
      DATABASE_POOL_MAX: String(POOL),
      LIMITS_FACTOR: '1000000',
      DRAIN_MS: '1000',
      ...settings,
    },
  });
  const deadline = performance.now() + READY_MS_MAX;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (ready?.ok) return child;
    if (child.exitCode !== null) throw new Error(`${args.at(-1)} ended with ${child.exitCode}`);
    if (performance.now() > deadline) throw new Error(`${args.at(-1)} did not come up`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Servers that are measured are the built ones, as they run in production. */
export async function buildIfStale(): Promise<void> {
  const built = await stat(join(root, 'dist/server/main.js')).catch(() => null);
  const times = await Promise.all(
    ['server', 'realtime', 'jobs', 'simulator'].map(async (dir) => {
      const files = await readdir(join(root, dir), { recursive: true });
      const stats = await Promise.all(files.map((file) => stat(join(root, dir, file))));
      return Math.max(...stats.map((file) => file.mtimeMs));
    }),
  );
  if (built && built.mtimeMs > Math.max(...times)) return;
  say('building');
  const [code] = await once(
    spawn('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' }),
    'exit',
  );
  if (code !== 0) throw new Error('npm run build failed');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Progress is for people; stdout's last line is for machines. */
export function say(line: string): void {
  console.error(line);
}
