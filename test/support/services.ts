import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../server/root.ts';
import { hosts } from './answers.ts';
import { freePort, isListening } from './ports.ts';
import { ensureProgram, NGINX, PROMETHEUS, REDIS } from './programs.ts';
import { until } from './until.ts';

export type TestRedis = Awaited<ReturnType<typeof startRedis>>;
export type TestNginx = Awaited<ReturnType<typeof startNginx>>;
export type TestPrometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** A Redis of its own that keeps nothing. It comes back on the same port, empty. */
export async function startRedis() {
  const program = await ensureProgram(REDIS);
  const dir = await mkdtemp(join(tmpdir(), 'sangkuriang-redis-'));
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  let redis = await run(program, args, port);
  return {
    url: `redis://127.0.0.1:${port}`,
    /** At once, as when its machine loses power. */
    kill: () => redis.kill(),
    /** After `kill`. */
    async start(): Promise<void> {
      redis = await run(program, args, port);
    },
    /** Connections stand and nothing answers, as behind a network that drops packets. */
    pause: () => redis.signal('SIGSTOP'),
    resume: () => redis.signal('SIGCONT'),
    async stop(): Promise<void> {
      await redis.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The nginx of `nginx/nginx.conf`, before processes that listen on these ports of loopback. */
export async function startNginx({
  server,
  realtime,
  port,
  dist = join(root, 'web/dist'),
  floodFactor = 1,
}: {
  server: readonly number[];
  realtime: readonly number[];
  port?: number;
  dist?: string;
  /** Multiplies what one address may ask for a second and at once, where one machine plays all visitors. */
  floodFactor?: number;
}) {
  const program = await ensureProgram(NGINX);
  const dir = await mkdtemp(join(tmpdir(), 'sangkuriang-nginx-'));
  const own = port ?? (await freePort());
  await mkdir(join(dir, 'logs'));
  await symlink(dist, join(dir, 'dist'));
  const config = await readFile(join(root, 'nginx/nginx.conf'), 'utf8');
  // What differs: many run at once, each on a port of its own.
  const changed = config
    .replace(/listen 8080\b/, `listen 127.0.0.1:${own}`)
    .replace(
      /(\b(?:rate|burst)=|_at_once )(\d+)/g,
      (_all, what, count) => what + Number(count) * floodFactor,
    );
  await writeFile(join(dir, 'nginx.conf'), changed);
  const names = await readFile(join(root, 'nginx/upstreams.conf'), 'utf8');
  await writeFile(join(dir, 'upstreams.conf'), upstreams(names, { server, realtime }));
  for (const file of ['proxy.conf', 'trouble.html'])
    await copyFile(join(root, 'nginx', file), join(dir, file));
  const args = ['-p', dir, '-c', 'nginx.conf', '-e', 'stderr', '-g', globals()];
  // Its master has children to take along.
  const nginx = await run(program, args, own, 'SIGTERM');
  hosts.set(`127.0.0.1:${own}`, 'edge');
  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    /** What it says of its own configuration. */
    async check(): Promise<string> {
      const { stderr } = await promisify(execFile)(program, [...args, '-t']);
      return stderr;
    },
    /** What it wrote about each request. */
    async accessLog(): Promise<Record<string, unknown>[]> {
      const lines = (await readFile(join(dir, 'logs/access.log'), 'utf8')).split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
    async stop(): Promise<void> {
      await nginx.end('SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A Prometheus of its own with this configuration. */
export async function startPrometheus(config: string) {
  const program = await ensureProgram(PROMETHEUS);
  const dir = await mkdtemp(join(tmpdir(), 'sangkuriang-prometheus-'));
  const port = await freePort();
  await writeFile(join(dir, 'prometheus.yml'), config);
  const prometheus = await run(
    program,
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'figures')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    port,
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    /** What its API says; throws what it says of a question that is not right. */
    async ask<T>(path: string, params: Record<string, string> = {}): Promise<T> {
      const answer = await fetch(`${url}/api/v1${path}?${new URLSearchParams(params)}`);
      const said = (await answer.json()) as { status: string; error?: string; data: T };
      if (said.status !== 'success') throw new Error(said.error);
      return said.data;
    },
    async stop(): Promise<void> {
      await prometheus.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The upstreams of production, with each name replaced by the ports that stand for it. */
const upstreams = (config: string, ports: Record<string, readonly number[]>): string =>
  config.replace(/^ *server (\w+):\d+(.*)$/gm, (_line, name: string, how: string) =>
    (ports[name] ?? []).map((port) => `  server 127.0.0.1:${port}${how}`).join('\n'),
  );

/** As root its workers would become a user that may not see the folder of the test. */
const globals = (): string => `daemon off;${process.getuid?.() === 0 ? ' user root;' : ''}`;

/** Resolves when the program listens. It does not outlive the tests, however they end. */
async function run(program: string, args: string[], port: number, lastSignal: NodeJS.Signals = 'SIGKILL') {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      said = `${said}${bytes}`.slice(-2_000);
    });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  });
  const atExit = () => child.kill(lastSignal);
  process.once('exit', atExit);
  void ended.then(() => process.off('exit', atExit));
  await until(() => hasEnded(child) || isListening(port), { what: `${program} to listen on ${port}` });
  if (hasEnded(child)) throw new Error(`${program} did not start: ${said}`);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { end, kill: () => end('SIGKILL'), signal: (signal: NodeJS.Signals) => void child.kill(signal) };
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
