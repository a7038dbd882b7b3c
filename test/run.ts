import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { migrate } from '../server/db/migrate.ts';
import { DatabaseInUse } from '../server/embedded/owner-lock.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../server/embedded/postgres.ts';
import { root } from '../server/root.ts';
import type { TestServer } from './support/database.ts';
import {
  CHROMIUM,
  DOCKER_COMPOSE,
  ensurePrograms,
  NGINX,
  PROMETHEUS,
  PROMTOOL,
  REDIS,
} from './support/programs.ts';
import type { Outcome } from './support/reporter.ts';

/**
 * Runs the tests: `npm test`, or `npm test -- test/some.test.ts --grep words`. Everything after `--` goes
 * to mocha, except `--no-build`, which takes the built product as it is.
 */

/** Runs at the same time in one checkout each get a server of their own. */
const SERVERS_MAX = 8;
/** How long a finished test process may linger over something that a test left open. */
const LINGER_MS_MAX = 10_000;
const TEMPLATE = 'test_template';

async function main(args: string[]): Promise<number> {
  // Ctrl-C reaches the children by itself; mocha then runs its remaining hooks, and the server stops last.
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
    });
  }
  const programs = await programsByName();
  if (!args.includes('--no-build')) await build();
  const server = await startServer();
  try {
    if (isInterrupted) return 1;
    const env = { ...process.env, ...(await makeTemplate(server)), ...programs, NODE_ENV: 'test' };
    const { code, outcome } = await runMocha(
      args.filter((arg) => arg !== '--no-build'),
      env,
    );
    console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
    return code;
  } finally {
    await server.stop();
  }
}

/** Found or installed once, so that no test file looks for them again. */
async function programsByName(): Promise<Record<string, string>> {
  const programs = [CHROMIUM, NGINX, REDIS, DOCKER_COMPOSE, PROMETHEUS, PROMTOOL];
  const paths = await ensurePrograms(programs);
  return Object.fromEntries(programs.map(({ setting }, i) => [setting, paths[i] ?? '']));
}

async function build(): Promise<void> {
  const npm = spawn('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' });
  const code = await ended(npm);
  if (code !== 0) throw new Error('The tests did not run because `npm run build` failed.');
}

async function startServer(): Promise<EmbeddedPostgres> {
  // A test server need not survive a power cut; tests that need one which does start their own.
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'on',
    max_connections: '200',
  };
  for (let number = 1; ; number++) {
    const dataDir = join(root, '.data', number === 1 ? 'test' : `test-${number}`, 'postgres');
    try {
      return await startEmbeddedPostgres({ dataDir, settings, log: console.log });
    } catch (error) {
      if (!(error instanceof DatabaseInUse) || number === SERVERS_MAX) throw error;
    }
  }
}

/** Makes the database that each test file clones, and drops what a run that was killed left behind. */
async function makeTemplate(server: EmbeddedPostgres): Promise<TestServer> {
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  try {
    const left = await admin.query<{ name: string }>(
      String.raw`select datname as name from pg_database where datname like 'test\_%'`,
    );
    for (const { name } of left.rows) await admin.query(`drop database ${name} with (force)`);
    await admin.query(`create database ${TEMPLATE} owner sk_owner`);
    await migrate(server.urlFor('sk_migrator', TEMPLATE));
    // Nobody may connect any more: a session in the template would hold up the clones.
    await admin.query(`alter database ${TEMPLATE} allow_connections false`);
  } finally {
    await admin.end();
  }
  return {
    TEST_APP_URL: server.urlFor('sk_app'),
    TEST_MIGRATE_URL: server.urlFor('sk_migrator'),
    TEST_ADMIN_URL: server.adminUrl,
    TEST_TEMPLATE: TEMPLATE,
  };
}

async function runMocha(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; outcome: Outcome }> {
  const require = createRequire(import.meta.url);
  const mocha = join(dirname(require.resolve('mocha/package.json')), 'bin/mocha.js');
  const files = args.some(
    (arg) => !arg.startsWith('-') && (existsSync(join(root, arg)) || arg.endsWith('.test.ts')),
  );
  const preloads = ['tsx', './support/load-tests-as-modules.js'].map((name) => import.meta.resolve(name));
  const child = spawn(
    process.execPath,
    [
      ...preloads.flatMap((url) => ['--import', url]),
      mocha,
      '--require',
      join(root, 'test/support/answers.ts'),
      ...args,
      ...(files ? [] : ['test/**/*.test.ts']),
    ],
    { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  );
  process.on('SIGTERM', () => child.kill('SIGTERM'));

  // Stands if the tests never ran to their end, as when a file of theirs cannot be loaded.
  let outcome: Outcome = { passed: 0, failed: 1 };
  let lingering: NodeJS.Timeout | undefined;
  child.on('message', (message) => {
    outcome = message as Outcome;
    lingering = setTimeout(() => {
      outcome.failed += 1;
      console.log(`A test left something open: its process did not end within ${LINGER_MS_MAX / 1000} s.`);
      child.kill('SIGKILL');
    }, LINGER_MS_MAX);
  });
  const code = await ended(child);
  clearTimeout(lingering);
  return { code, outcome };
}

/** The exit code; 1 if it could not be started or was killed. */
function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
