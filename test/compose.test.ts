import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readConfig } from '../server/config.ts';
import { root } from '../server/root.ts';
import { freshDatabase } from './support/database.ts';
import { freePort } from './support/ports.ts';
import { DOCKER_COMPOSE, ensureProgram } from './support/programs.ts';
import { startRedis } from './support/services.ts';
import { until } from './support/until.ts';

type Service = {
  command?: string[];
  build?: { target: string };
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
  networks?: Record<string, unknown>;
  volumes?: string[];
  ports?: unknown[];
};
const DOORS = ['server', 'realtime', 'jobs'];
/** What the images of others read. */
const POSTGRES_IMAGE = ['POSTGRES_PASSWORD', 'POSTGRES_USER', 'SK_MIGRATOR_PASSWORD', 'SK_APP_PASSWORD'];
/** Settings that mean nothing to doors that run apart, or have a right value here. */
const NOT_ASKED = ['DATA_DIR', 'SEED', 'SIMULATOR_PORT', 'MIGRATE_DATABASE_URL', 'DRAIN_MS'];
const PATIENCE_MS = 30_000;

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const namesIn = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? '')),
];

describe('docker-compose up', () => {
  let dir: string;
  let services: Record<string, Service>;
  const FILLED = read('.env.example').replace(
    /^(?!\w+_URL=$|MAIL|LIMITS|PLATFORM_FEE_BP)(\w+)=$/gm,
    `$1=${'a'.repeat(40)}`,
  );

  /** As docker-compose understands the file with these settings. */
  async function config(settings: string): Promise<Record<string, Service>> {
    const env = join(dir, 'env');
    await writeFile(env, settings);
    const args = ['--env-file', env, '-f', 'docker-compose.yml', '--profile', 'simulator', 'config'];
    const { stdout } = await promisify(execFile)(await ensureProgram(DOCKER_COMPOSE), args, {
      cwd: root,
      // What somebody's shell has set would stand above the file.
      env: { PATH: process.env.PATH, HOME: dir },
    });
    return parse(stdout).services;
  }
  const service = (name: string): Service => services[name] ?? expect.fail(`no service ${name}`);

  before(async function () {
    this.timeout(120_000);
    dir = await mkdtemp(join(tmpdir(), 'sangkuriang-compose-'));
    services = await config(FILLED);
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('runs two of each door behind nginx, once the database is migrated', () => {
    for (const name of DOORS) {
      expect(service(name).deploy?.replicas).to.equal(2);
      expect(service(name).depends_on?.migrate?.condition).to.equal('service_completed_successfully');
      expect(service(name).ports).to.equal(undefined);
    }
    expect(service('nginx').depends_on).to.have.all.keys('server', 'realtime');
    expect(service('nginx').networks).to.have.all.keys('front');
    for (const name of ['postgres', 'redis']) {
      expect(service(name).networks).to.have.all.keys('data');
      expect(service(name).ports).to.equal(undefined);
    }
  });

  it('starts only what the build makes', () => {
    const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
    for (const name of [...DOORS, 'migrate', 'simulator']) {
      const [program, file = ''] = service(name).command ?? [];
      expect(program).to.equal('node');
      expect(existsSync(join(root, file)), file).to.equal(true);
      if (DOORS.includes(name)) expect(scripts[`start:${name}`]).to.equal(`node ${file}`);
    }
  });

  it('sets nothing that nobody reads, and its settings are right', () => {
    const house = namesIn(read('server/config.ts'), /^ {2}([A-Z_]+): /gm);
    const simulator = namesIn(read('simulator/main.ts'), /^ {2}([A-Z_]+): /gm);
    for (const name of [...DOORS, 'migrate'])
      expect(house).to.include.members(Object.keys(service(name).environment ?? {}));
    const asked = house.filter((name) => !NOT_ASKED.includes(name));
    expect(Object.keys(service('server').environment ?? {})).to.have.members(asked);
    expect(simulator).to.include.members(Object.keys(service('simulator').environment ?? {}));
    expect(POSTGRES_IMAGE).to.include.members(Object.keys(service('postgres').environment ?? {}));
    const { production, port, trustProxy, midtrans } = readConfig(service('server').environment);
    expect({ production, port, trustProxy }).to.deep.equal({ production: true, port: 3000, trustProxy: 1 });
    expect(midtrans.simulatorPort).to.equal(null);
  });

  it('holds no secret, and says which one is missing', async () => {
    const text = read('docker-compose.yml');
    const asked = namesIn(text, /\$\{(\w+)/g);
    expect(namesIn(FILLED, /^(\w+)=/gm)).to.have.members(asked);
    for (const [, name, value] of text.matchAll(/^ +(\w*(?:SECRET|PASSWORD|KEY)\w*): (.*)$/gm))
      expect(value, name).to.match(new RegExp(`^\\$\\{${name}:(\\?.*|-)\\}$`));
    for (const name of ['SECRET', 'SK_APP_PASSWORD', 'POSTGRES_PASSWORD', 'MIDTRANS_SERVER_KEY']) {
      const said = await config(FILLED.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=`)).catch(String);
      expect(said).to.include(`Set ${name} in .env`);
    }
  });

  it('leads nginx to services that are there, on the port they listen on', () => {
    const leads = [...read('nginx/upstreams.conf').matchAll(/^ *server (\w+):(\d+)/gm)];
    expect(leads.map(([, name]) => name)).to.deep.equal(['server', 'realtime']);
    for (const [, name = '', port] of leads) expect(service(name).environment?.PORT).to.equal(port);
    const looked = /for name in ([\w ]+); do/.exec(read('nginx/start.sh'))?.[1];
    expect(looked?.split(' ')).to.deep.equal(leads.map(([, name]) => name));
  });

  it('gives a new database the roles that the README asks for', () => {
    const statements = (text: string) =>
      [...text.matchAll(/^create (?:role|database) .*;$/gm)].map(([line]) =>
        line.replace(/'…'|:'\w+'/g, 'password'),
      );
    expect(statements(read('deploy/postgres/roles.sh'))).to.deep.equal(statements(read('README.md')));
    expect(JSON.stringify(service('postgres').volumes)).to.include('/docker-entrypoint-initdb.d/roles.sh');
  });

  it('brings into the build all that is built', () => {
    const copied = namesIn(read('Dockerfile'), /^COPY (?!--from)(\w+) \.\//gm);
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    expect(copied).to.include.members([...include.map((path) => path.split('/')[0]), 'web', 'sql']);
    expect(namesIn(read('.dockerignore'), /^!(\w+)$/gm)).to.have.members([...copied]);
  });

  it('has in its image all that the doors need to become healthy', async function () {
    this.timeout(120_000);
    const database = await freshDatabase();
    const redis = await startRedis();
    const image = join(dir, 'image');
    const stage = read('Dockerfile').split(/^FROM .* AS doors$/m)[1] ?? '';
    for (const [, from = '', to = ''] of stage.matchAll(/^COPY (?:--from=build \/app\/)?([\w./-]+) (\S+)$/gm))
      await cp(join(root, from), join(image, to === './' ? from : to), { recursive: true });
    await symlink(join(root, 'node_modules'), join(image, 'node_modules'));
    const check: string[] = JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(stage)?.[1] ?? '[]');
    const PATH = process.env.PATH ?? '';
    const running: ChildProcess[] = [];
    try {
      await promisify(execFile)(process.execPath, (service('migrate').command ?? []).slice(1), {
        cwd: image,
        env: { PATH, MIGRATE_DATABASE_URL: database.migrateUrl },
      });
      for (const name of DOORS) {
        const PORT = String(await freePort());
        const env = { ...service(name).environment, PATH, PORT };
        const child = spawn(process.execPath, (service(name).command ?? []).slice(1), {
          cwd: image,
          env: { ...env, DATABASE_URL: database.appUrl, REDIS_URL: redis.url },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        running.push(child);
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
        const isHealthy = async () => {
          if (child.exitCode !== null) return said;
          await promisify(execFile)(process.execPath, check.slice(1), { env: { PATH, PORT } });
          return 'healthy';
        };
        expect(await until(isHealthy, { timeoutMs: PATIENCE_MS, what: `${name} to be healthy` })).to.equal(
          'healthy',
        );
      }
    } finally {
      for (const child of running.filter(({ exitCode }) => exitCode === null)) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await redis.stop();
      await database.drop();
    }
  });
});
