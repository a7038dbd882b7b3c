import { execFile, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** A program of the system that tests run beside the platform. */
export type Program = {
  /** As people call it. */
  title: string;
  names: readonly string[];
  alsoAt?: readonly string[];
  /** The setting that names another one. */
  setting: string;
  /** What it says of itself, so that a file which only has its name is not taken for it. */
  version: { args: readonly string[]; says: RegExp; exitsWith?: number };
  debianPackage: string;
};

export const CHROMIUM: Program = {
  title: 'Chromium',
  names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'],
  alsoAt: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  setting: 'CHROMIUM',
  version: { args: ['--version'], says: /chrom/i },
  debianPackage: 'chromium',
};
export const NGINX: Program = {
  title: 'nginx',
  names: ['nginx'],
  // NGINX itself is what nginx hands its sockets over in.
  setting: 'NGINX_PROGRAM',
  version: { args: ['-v'], says: /nginx\//i },
  debianPackage: 'nginx',
};
export const REDIS: Program = {
  title: 'Redis',
  names: ['redis-server'],
  setting: 'REDIS_SERVER',
  version: { args: ['--version'], says: /redis server/i },
  debianPackage: 'redis-server',
};
export const DOCKER_COMPOSE: Program = {
  title: 'docker-compose',
  names: ['docker-compose'],
  setting: 'DOCKER_COMPOSE',
  version: { args: ['version', '--short'], says: /^v?\d/ },
  debianPackage: 'docker-compose',
};
export const PROMETHEUS: Program = {
  title: 'Prometheus',
  names: ['prometheus'],
  setting: 'PROMETHEUS',
  version: { args: ['--version'], says: /^prometheus, version \d/m },
  debianPackage: 'prometheus',
};
export const PROMTOOL: Program = {
  title: 'promtool',
  names: ['promtool'],
  setting: 'PROMTOOL',
  version: { args: ['--version'], says: /^promtool, version \d/m },
  debianPackage: 'prometheus',
};

const TRIAL_MS_MAX = 30_000;
/** A user's PATH often lacks the folders of servers. */
const FOLDERS = [
  '/usr/bin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/snap/bin',
];
const APT = ['apt-get', '-o', 'DPkg::Lock::Timeout=120'];
const APT_INSTALL = ['install', '-y', '--no-install-recommends'];

/**
 * The path of a program that runs, installed through apt if there is none and we may.
 * @throws an error of one sentence that names the command to type.
 */
export async function ensureProgram(program: Program): Promise<string> {
  const [path] = await ensurePrograms([program]);
  if (path === undefined) throw new Error(`${program.title} was not looked for`);
  return path;
}

/** The same for several, with what is missing installed at once. */
export async function ensurePrograms(programs: readonly Program[]): Promise<string[]> {
  const missing = (await findAll(programs)).filter(({ path }) => path === null);
  if (missing.length > 0) await install(missing.map(({ program }) => program));
  const found = await findAll(programs);
  const still = found.filter(({ path }) => path === null).map(({ program }) => program);
  if (still.length > 0) throw new Error(askFor(still));
  return found.flatMap(({ path }) => path ?? []);
}

function askFor(programs: readonly Program[]): string {
  const packages = packagesOf(programs).join(' ');
  const titles = programs.map(({ title }) => title).join(' and ');
  const settings = programs.map(({ setting, names }) => `${setting}=/path/to/${names[0]}`).join(' ');
  return `The tests need ${titles}: install with \`sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages}\`, or name your own with ${settings}.`;
}

async function findAll(programs: readonly Program[]) {
  return Promise.all(programs.map(async (program) => ({ program, path: await find(program) })));
}

async function find(program: Program): Promise<string | null> {
  const named = process.env[program.setting];
  if (named) {
    if (await isIt(program, named)) return named;
    throw new Error(`${program.setting} names ${named}, which is no ${program.title} that runs.`);
  }
  const dirs = [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS].filter((dir) => dir !== '');
  const candidates = program.names.flatMap((name) => dirs.map((dir) => join(dir, name)));
  for (const path of new Set([...candidates, ...(program.alsoAt ?? [])])) {
    if (await isIt(program, path)) return path;
  }
  return null;
}

/** Ubuntu's /usr/bin/chromium-browser may be a script that only tells to install a snap: so it is run. */
async function isIt({ version }: Program, path: string): Promise<boolean> {
  const { args, says, exitsWith = 0 } = version;
  return new Promise((resolve) => {
    execFile(path, [...args], { timeout: TRIAL_MS_MAX }, (error, stdout, stderr) => {
      resolve((error?.code ?? 0) === exitsWith && says.test(stdout + stderr));
    });
  });
}

async function install(programs: readonly Program[]): Promise<void> {
  const asRoot = await rootPrefix();
  if (!asRoot) return;
  console.log(`Installing ${programs.map(({ title }) => title).join(' and ')} for the tests …`);
  if (!(await runs(asRoot, [...APT, 'update']))) return;
  await runs(asRoot, [...APT, ...APT_INSTALL, ...packagesOf(programs)]);
}

const packagesOf = (programs: readonly Program[]): string[] => [
  ...new Set(programs.map(({ debianPackage }) => debianPackage)),
];

/** What to put before a command to run it as root; null if we may not. */
async function rootPrefix(): Promise<string[] | null> {
  if (process.getuid?.() === 0) return [];
  try {
    await promisify(execFile)('sudo', ['-n', 'true']);
    return ['sudo', '-n'];
  } catch {
    return null;
  }
}

function runs(asRoot: string[], command: string[]): Promise<boolean> {
  // In runlevel 1 Debian's packages start no server of their own: ours run on ports that nobody else has.
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  const [program = '', ...args] = [...asRoot, ...env, ...command];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
