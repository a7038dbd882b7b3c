import { execFile, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const TRIAL_MS_MAX = 30_000;

const UPDATE = ['apt-get', '-o', 'DPkg::Lock::Timeout=120', 'update'];
const INSTALL = [
  'apt-get',
  '-o',
  'DPkg::Lock::Timeout=120',
  'install',
  '-y',
  '--no-install-recommends',
  'chromium',
];
const BY_HAND = 'sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium';

/**
 * The path of a Chromium that runs, installed through apt if there is none and we may.
 * @throws an error of one sentence that names the command to type.
 */
export async function ensureChromium(): Promise<string> {
  const found = await findChromium();
  if (found) return found;
  const asRoot = await rootPrefix();
  if (asRoot) {
    console.log('Installing Chromium for the browser tests …');
    if ((await runs(asRoot, UPDATE)) && (await runs(asRoot, INSTALL))) {
      const installed = await findChromium();
      if (installed) return installed;
    }
  }
  throw new Error(
    `The browser tests need Chromium: install it with \`${BY_HAND}\`, or name one with CHROMIUM=/path/to/chromium.`,
  );
}

/** Headless, with nothing that calls home. Whoever launches it closes it. */
export async function launchChromium(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // A container's /dev/shm is often 64 MB, with which pages crash.
    '--disable-dev-shm-usage',
  ];
  const browser = await chromium.launch({ executablePath: await ensureChromium(), headless: true, args });
  // Only now: the runner looks for Chromium too, and asks the API nothing.
  const { holdAnswersTo } = await import('./answers.ts');
  holdAnswersTo(browser);
  return browser;
}

async function findChromium(): Promise<string | null> {
  const named = process.env.CHROMIUM;
  if (named) {
    if (await isChromium(named)) return named;
    throw new Error(`CHROMIUM names ${named}, which is no Chromium that runs.`);
  }
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  const candidates = NAMES.flatMap((name) => dirs.filter((dir) => dir !== '').map((dir) => join(dir, name)));
  for (const path of new Set([...candidates, MAC])) {
    if (await isChromium(path)) return path;
  }
  return null;
}

/** Ubuntu's /usr/bin/chromium-browser may be a script that only tells to install a snap: so it is run. */
async function isChromium(path: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: TRIAL_MS_MAX });
    return /chrom/i.test(stdout);
  } catch {
    return false;
  }
}

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
  const [program = '', ...args] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
