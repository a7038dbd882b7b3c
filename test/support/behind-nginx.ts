import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../server/root.ts';
import { twoFreePorts } from './platform.ts';
import { startNginx } from './services.ts';
import { until } from './until.ts';

const PLANTED_MS_MAX = 120_000;

/** The built product as `npm start` runs it, its demo planted, behind nginx: what measurements and attacks run on. */
export async function startBehindNginx({ floodFactor = 1 }: { floodFactor?: number } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'sangkuriang-data-'));
  const port = await twoFreePorts();
  const nginx = await startNginx({ server: [port], realtime: [port], floodFactor });
  const child = spawn(process.execPath, ['dist/server/everything.js'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DATA_DIR: dataDir,
      PUBLIC_URL: nginx.url,
      TRUST_PROXY: '1',
      LOG_LEVEL: 'warn',
      DRAIN_MS: '200',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const close = async (): Promise<void> => {
    await nginx.stop();
    if (!hasEnded()) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await until(() => hasEnded() || output.includes('The demo is planted'), {
      timeoutMs: PLANTED_MS_MAX,
      what: 'the demo to be planted',
    });
    if (hasEnded()) throw new Error(output);
  } catch (fault) {
    await close();
    throw fault;
  }
  return { url: nginx.url, nginx, dataDir, hasEnded, output: () => output, close };
}
