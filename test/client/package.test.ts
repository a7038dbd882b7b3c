import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { root } from '../../server/root.ts';
import { launchChromium } from '../support/chromium.ts';
import { liveCampaign } from '../support/house.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { type Visitor, visitor } from '../support/visitor.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** A program of somebody else's, who knows the package and nothing of this repository. */
const CONSUMER = `
import { applyCampaign, connect, keep, userFeed } from '@sangkuriang/client';
import type { CampaignState, Connection, DonationView, RefusedCode } from '@sangkuriang/client';

export type Line = { status: string } | { raised: number; head: number } | { name: string | null; rupiah: number };

export function follow(url: string | undefined, id: string, tell: (line: Line) => void): Connection {
  const connection = connect(url === undefined ? {} : { url });
  connection.onStatus((status) => tell({ status }));
  let kept: CampaignState | undefined;
  connection.watch(\`campaign:\${id}\`, {
    onState(state, head) {
      kept = state;
      tell({ raised: state.totals.raised.amount, head });
    },
    onEvents(events, { elided, caughtUp }) {
      const count: number = elided;
      const isLate: boolean = caughtUp;
      for (const event of events) {
        if (kept && count === 0 && !isLate) kept = applyCampaign(kept, event);
        if (event.type === 'donation.received') {
          tell({ name: event.data.name, rupiah: event.data.gift.amount });
          // @ts-expect-error a public feed tells nobody's e-mail address
          event.data.email;
        }
        // @ts-expect-error no campaign's feed speaks of payouts
        if (event.type === 'payout.changed') continue;
      }
    },
    onRefused(code: RefusedCode) {
      tell({ status: code });
    },
  });
  return connection;
}

export function own(connection: Connection, id: string, claimToken: string, show: (view: DonationView) => void) {
  return keep(connection, \`donation:\${id}\`, { claimToken, onState: ({ donation }) => show(donation) });
}

export function staff(connection: Connection, userId: string): void {
  connection.watch('moderation', {
    onState: ({ held }) => held.map(({ message, reasons }) => [message, ...reasons]),
    onEvents: (events) => events.map((event) => (event.type === 'message.held' ? event.data.donationId : null)),
  });
  connection.watch(userFeed(userId), {
    // @ts-expect-error a user's feed holds the gifts of that user, and no totals
    onState: ({ totals }) => totals,
    onEvents: () => undefined,
  });
}
`;
/** What the examples of the README have of their own page. */
const PAGES_OWN = `
declare const campaignId: string, donationId: string, claimToken: string;
declare function refresh(): Promise<{ accessToken: string; expiresAt: string }>;
declare function setTimeout(call: () => void, ms: number): unknown;
declare function onLeave(call: () => void): void;
declare function show(...what: unknown[]): void;
declare function say(word: string): void;
declare function lamp(status: 'connecting' | 'live' | 'offline'): void;
declare function viewers(count: number): void;
declare function fireworks(name: string | null, rupiah: number): void;
declare function alert(name: string | null, message: string | null, isLate: boolean): void;
declare function waitFor(address: string | null): void;
declare function thank(status: string, rupiah: number): void;
`;
const TELL = `
import { follow } from './consumer.js';
const [url, id] = process.argv.slice(2);
follow(url, id, (line) => console.log(JSON.stringify(line)));
`;
const PAGE = `<!doctype html>
<script type="importmap">
{ "imports": { "@sangkuriang/client": "./client.js", "socket.io-client": "./socket.io.js" } }
</script>
<script type="module">
import { follow } from './consumer.js';
const line = (said) => document.body.append(Object.assign(document.createElement('p'), { textContent: JSON.stringify(said) }));
follow(undefined, location.hash.slice(1), line);
</script>`;

describe('The package of the client', () => {
  let folder: string;
  let app: string;
  let installed: string;
  let platform: TestPlatform;
  let outside: Visitor;
  let browser: Browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'client-package-'));
    app = join(folder, 'app');
    installed = join(app, 'node_modules/@sangkuriang/client');
    // Its own script builds it before it is packed, as when it is published.
    await run('npm', ['pack', '--pack-destination', folder], { cwd: join(root, 'client') });
    const [tarball = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1']);
    // The one thing that it asks for, as npm would put it there.
    const socketIo = dirname(require.resolve('socket.io-client/package.json'));
    await symlink(socketIo, join(app, 'node_modules/socket.io-client'));
    await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module', private: true }));
    await writeFile(join(app, 'consumer.ts'), CONSUMER);
    await writeFile(join(app, 'tell.js'), TELL);

    platform = await startPlatform();
    outside = visitor(platform);
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    outside?.close();
    await platform?.close();
    await rm(folder, { recursive: true });
  });

  const compile = (file: string, ...options: string[]) =>
    run(process.execPath, [
      join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'),
      ...['--ignoreConfig', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--lib', 'es2022'],
      ...['--types', '', ...options, join(app, file)],
    ]).then(
      () => '',
      (failed: { stdout: string }) => failed.stdout,
    );

  it('holds what it needs and no more', async () => {
    const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(installed.length + 1))
      .sort();
    const declared = [
      ...['feed', 'index', 'keep', 'rules'].map((name) => `dist/client/src/${name}.d.ts`),
      ...[
        'apply',
        'campaigns',
        'donations',
        'feeds',
        'methods',
        'money',
        'offline',
        'overlays',
        'payouts',
        'refunds',
      ]
        .concat('settlements', 'sockets', 'updates')
        .map((name) => `dist/server/protocol/${name}.d.ts`),
    ];
    expect(files).to.deep.equal(
      ['LICENSE', 'README.md', 'package.json', 'dist/index.js', ...declared].sort(),
    );
    const read = (file: string) => readFile(join(installed, file), 'utf8');
    expect(await read('LICENSE')).to.equal(await readFile(join(root, 'LICENSE'), 'utf8'));
    const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: object };
    expect(Object.keys(dependencies)).to.deep.equal(['socket.io-client']);
  });

  it('names no other package, and no file outside itself', async () => {
    const files = (await readdir(join(installed, 'dist'), { recursive: true })).filter((file) =>
      /\.(js|d\.ts)$/.test(file),
    );
    expect(files.length).to.be.greaterThan(10);
    for (const file of files) {
      const text = await readFile(join(installed, 'dist', file), 'utf8');
      for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
        const isInside = name.startsWith('.') && !join(dirname(file), name).startsWith('..');
        expect(isInside || name === 'socket.io-client', `${file} names ${name}`).to.equal(true);
      }
    }
  });

  it('gives a strict program the types of each feed by its name, however it finds modules', async () => {
    const bundled = await compile(
      'consumer.ts',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--noEmit',
    );
    expect(bundled).to.equal('');
    expect(await compile('consumer.ts', '--module', 'nodenext', '--moduleResolution', 'nodenext')).to.equal(
      '',
    );
  });

  it('has examples that compile as they stand', async () => {
    const readme = await readFile(join(installed, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');
    expect(examples).to.have.length(3);
    for (const [i, example] of examples.entries()) {
      const file = `example-${i}.ts`;
      await writeFile(join(app, file), example + PAGES_OWN);
      expect(await compile(file, '--module', 'nodenext', '--noEmit'), example).to.equal('');
    }
  });

  describe('tells of a gift once, as it arrives,', () => {
    before(async () => {
      expect(await compile('consumer.ts', '--module', 'nodenext')).to.equal('');
    });

    it('to a program in Node that has nothing else of ours', async () => {
      const campaign = await liveCampaign(platform.house);
      const program: ChildProcess = spawn(
        process.execPath,
        [join(app, 'tell.js'), platform.url, campaign.id],
        {
          cwd: app,
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      try {
        const lines: Record<string, unknown>[] = [];
        if (!program.stdout) throw new Error('the program has no output');
        createInterface(program.stdout).on('line', (line) => lines.push(JSON.parse(line)));
        await until(() => lines.some((line) => 'raised' in line));
        await outside.paid(campaign.id, { donor: { name: 'Ayu' } });
        await until(() => lines.some((line) => 'rupiah' in line));
        await outside.paid(campaign.id, {
          donor: { anonymous: true },
          gift: { amount: 70_000, currency: 'IDR' },
        });
        await until(() => lines.filter((line) => 'rupiah' in line).length === 2);
        expect(lines.filter((line) => !('raised' in line))).to.deep.equal([
          { status: 'connecting' },
          { status: 'live' },
          { name: 'Ayu', rupiah: 50_000 },
          { name: null, rupiah: 70_000 },
        ]);
        expect(lines[2]).to.include({ raised: 0 });
      } finally {
        program.kill();
      }
    });

    it('to a page in Chromium, without a bundler', async () => {
      const campaign = await liveCampaign(platform.house);
      // A page that a test answers counts as one from the internet, which has to ask before it may speak to this machine.
      const page = await browser.newPage({ permissions: ['local-network-access'] });
      const files: Record<string, string> = {
        'consumer.js': join(app, 'consumer.js'),
        'client.js': join(installed, 'dist/index.js'),
        'socket.io.js': require
          .resolve('socket.io-client/package.json')
          .replace('package.json', 'dist/socket.io.esm.min.js'),
      };
      await page.route(`${platform.url}/consumer/*`, async (route) => {
        const file = files[basename(new URL(route.request().url()).pathname)];
        if (file) await route.fulfill({ contentType: 'text/javascript', body: await readFile(file, 'utf8') });
        else await route.fulfill({ contentType: 'text/html', body: PAGE });
      });
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
      await page.goto(`${platform.url}/consumer/page#${campaign.id}`);
      await page.getByText('{"raised":0,').waitFor();
      await outside.paid(campaign.id, { donor: { name: 'Beni' } });
      await page.getByText('{"name":"Beni","rupiah":50000}').waitFor();
      expect(await page.getByText('Beni').count()).to.equal(1);
      expect(faults).to.deep.equal([]);
      await page.close();
    });
  });
});
