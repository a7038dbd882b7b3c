import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureProgram, type Program } from '../support/programs.ts';

const program = (name: string, args: readonly string[], says: RegExp, exitsWith = 0): Program => ({
  title: name,
  names: [name],
  setting: name.toUpperCase(),
  version: { args, says, exitsWith },
  debianPackage: name,
});
const SQLMAP = program('sqlmap', ['--version'], /^\d/);
const WAPITI = program('wapiti', ['--version'], /wapiti/i);
const SLOWHTTPTEST = program('slowhttptest', ['-h'], /slowhttptest/, 1);
export const TOOLS = [SQLMAP, WAPITI, SLOWHTTPTEST];

const SQLMAP_MS_MAX = 40_000;
const WAPITI_S_MAX = 90;
const WAPITI_ATTACK_S_MAX = 30;
const SLOW_CONNECTIONS = 500;
const SLOW_PER_S = 250;
const SLOW_S = 15;

/** `answers` is what it says to what is meant well; a `*` marks where alone to try. */
export type Target = { url: string; answers: number; body?: string; headers?: Record<string, string> };
/** What a tool found, in its own words, and whether its time was enough. */
export type Found = { findings: string[]; isDone: boolean };

/** Asks for the target with SQL in every parameter, or where it is marked. */
export async function sqlmap({ url, body, headers = {} }: Omit<Target, 'answers'>): Promise<Found> {
  return inFolder(async (dir) => {
    const { output, isDone } = await run(
      await ensureProgram(SQLMAP),
      [
        ...['-u', url, '--batch', '--flush-session', '--output-dir', dir, '--disable-coloring'],
        ...['--dbms', 'postgresql', '--level', '2', '--risk', '1', '--technique', 'BEUT', '--time-sec', '2'],
        // Refusals are what it is meant to meet; it need not stop at them.
        ...['--ignore-code', '400,401,404,409,422', '--retries', '0', '--timeout', '10'],
        ...(body === undefined ? [] : ['--data', body]),
        ...Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}: ${text}`]),
      ],
      SQLMAP_MS_MAX,
    );
    const found = /identified the following injection point[\s\S]*?---\n([\s\S]*?)---/.exec(output)?.[1];
    return { findings: found ? [`sqlmap: ${url}: ${found.trim()}`] : [], isDone };
  });
}

/** Crawls from the pages, and tries on every parameter what a scanner tries. */
export async function wapiti(origin: string, starts: readonly string[]): Promise<Found> {
  return inFolder(async (dir) => {
    const report = join(dir, 'report.json');
    const { isDone } = await run(
      await ensureProgram(WAPITI),
      [
        ...['-u', `${origin}/`, ...starts.flatMap((start) => ['-s', start]), '--scope', 'domain'],
        // Nothing that asks the world outside for help, as `ssrf` does.
        ...['-m', 'sql,xss,permanentxss,file,exec,crlf,redirect,methods,csp,cookieflags,http_headers'],
        ...['--max-scan-time', `${WAPITI_S_MAX}`, '--max-attack-time', `${WAPITI_ATTACK_S_MAX}`],
        ...['--flush-session', '--no-bugreport', '--store-session', dir, '--store-config', dir],
        ...['-f', 'json', '-o', report, '-v', '0'],
      ],
      // It looks at its clock between requests only.
      2 * WAPITI_S_MAX * 1_000,
    );
    const { vulnerabilities } = JSON.parse(await readFile(report, 'utf8')) as {
      vulnerabilities: Record<string, { method: string; path: string; info: string }[]>;
    };
    const findings = Object.entries(vulnerabilities).flatMap(([what, places]) =>
      places.map(({ method, path, info }) => `wapiti: ${what}: ${method} ${path}: ${info}`),
    );
    return { findings, isDone };
  });
}

/** Holds many connections by sending or reading next to nothing: headers, a body, or an answer. */
export async function slow(kind: 'headers' | 'body' | 'read', url: string): Promise<{ isDone: boolean }> {
  const mode = { headers: '-H', body: '-B', read: '-X' }[kind];
  return run(
    await ensureProgram(SLOWHTTPTEST),
    [mode, '-c', `${SLOW_CONNECTIONS}`, '-r', `${SLOW_PER_S}`, '-l', `${SLOW_S}`, '-i', '2', '-u', url],
    4 * SLOW_S * 1_000,
  );
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'sangkuriang-attack-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function run(command: string, args: string[], msMax: number): Promise<{ output: string; isDone: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), msMax);
    child.once('error', reject);
    child.once('close', (_code, signal) => {
      clearTimeout(timer);
      resolve({ output, isDone: signal === null });
    });
  });
}
