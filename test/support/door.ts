import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from '../../server/root.ts';
import { until } from './until.ts';

const COMMAND = {
  server: 'dist/server/main.js',
  realtime: 'dist/realtime/main.js',
  jobs: 'dist/jobs/main.js',
  simulator: 'dist/simulator/main.js',
};
export type DoorName = keyof typeof COMMAND;
export type Door = { name: DoorName; port: number; url: string; child: ChildProcess; output(): string };

/** As docker does: on a machine that has too much to do, a database may not answer a first start in time. */
const STARTS_MAX = 3;

/** One door of the built product in a process of its own, as production runs it; ready when this resolves. */
export async function startDoor(
  name: DoorName,
  how: { port: number; env: Record<string, string> },
): Promise<Door> {
  for (let starts = 1; ; starts += 1) {
    const door = await startOnce(name, how);
    if (door.child.exitCode === null) return door;
    if (starts === STARTS_MAX) throw new Error(door.output());
  }
}

async function startOnce(
  name: DoorName,
  { port, env }: { port: number; env: Record<string, string> },
): Promise<Door> {
  const child = spawn(process.execPath, [COMMAND[name]], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}`;
  await until(
    async () => {
      if (child.exitCode !== null) return true;
      return (await fetch(`${url}${name === 'simulator' ? '/' : '/readyz'}`)).ok;
    },
    { timeoutMs: 90_000, what: `${name} to be ready` },
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { name, port, url, child, output: () => output };
}

/** Ends a door as a power cut does. */
export async function killed({ child }: Door): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
