import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../server/root.ts';
import { twoFreePorts } from './support/platform.ts';
import { until } from './support/until.ts';

const running = new Set<ChildProcess>();

/** The built product as `npm start` runs it, in a process of its own. */
async function start(dataDir: string, env: Record<string, string> = {}) {
  const port = await twoFreePorts();
  const child = spawn(process.execPath, ['dist/server/everything.js'], {
    cwd: root,
    // Nothing of ours but what is named: a machine without LANG, HOME or a useful PATH.
    env: { PORT: String(port), DATA_DIR: dataDir, DRAIN_MS: '500', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const isUp = () =>
    output.includes('Sangkuriang is up') &&
    (!output.includes('Planting the demo') || output.includes('The demo is planted'));
  await until(() => isUp() || child.exitCode !== null, {
    timeoutMs: 50_000,
    what: 'the platform to come up',
  });
  if (child.exitCode !== null) throw new Error(output);
  return {
    child,
    url: `http://127.0.0.1:${port}`,
    simulatorUrl: `http://127.0.0.1:${port + 1}`,
    output: () => output,
  };
}

const errorsIn = (output: string): string[] =>
  output.split('\n').filter((line) => line.includes('"level":"error"'));

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve));

type Campaign = { id: string; slug: string; raised: { amount: number }; donorCount: number };
const campaigns = async (url: string): Promise<Campaign[]> =>
  ((await (await fetch(`${url}/api/v1/campaigns`)).json()) as { items: Campaign[] }).items;

const give = (url: string, campaignId: string) =>
  fetch(`${url}/api/v1/campaigns/${campaignId}/donations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ gift: { amount: 25_000, currency: 'IDR' }, method: 'qris' }),
  });

describe('npm start', () => {
  const dataDir = join('.data', `start-${process.pid}`);
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  after(() => rm(join(root, dataDir), { recursive: true, force: true }));

  it('brings up the whole platform in an empty environment, seeded and on its port, and Ctrl-C ends it cleanly', async () => {
    const { child, url, output } = await start(dataDir);
    const live = await campaigns(url);
    expect(live).to.have.length(3);
    expect(live.reduce((sum, { donorCount }) => sum + donorCount, 0)).to.equal(200);
    expect((await fetch(`${url}/readyz`)).status).to.equal(200);
    expect(await (await fetch(`${url}/`)).text()).to.contain('<script type="application/json" id="boot">');
    child.kill('SIGINT');
    expect(await ended(child), output()).to.equal(0);
    expect(errorsIn(output())).to.deep.equal([]);
  });

  it('answers what is in flight when it is told to end, and says meanwhile that it is not ready', async () => {
    const { child, url, simulatorUrl, output } = await start(dataDir);
    const [campaign] = await campaigns(url);
    const slow = { gateway: 'midtrans', scenario: 'timeout', call: 'create', ms: 1_500 };
    const set = await fetch(`${simulatorUrl}/_control`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(slow),
    });
    expect(set.status).to.equal(201);
    const answer = give(url, campaign?.id ?? '');
    await until(async () => {
      const listed = await fetch(`${simulatorUrl}/_control/transactions?limit=1`);
      const { transactions } = (await listed.json()) as { transactions: { status: string }[] };
      return transactions[0]?.status === 'created' || undefined;
    });
    child.kill('SIGTERM');
    expect((await answer).status).to.equal(201);
    expect(await ended(child), output()).to.equal(0);
    expect(errorsIn(output())).to.deep.equal([]);
  });

  it('starts again after kill -9 with everything that was booked', async () => {
    const first = await start(dataDir);
    const before = await campaigns(first.url);
    const made = (await (await give(first.url, before[0]?.id ?? '')).json()) as {
      payment: { redirectUrl: string };
    };
    await fetch(made.payment.redirectUrl, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'action=pay',
    });
    await until(
      async () => (await campaigns(first.url))[0]?.raised.amount === (before[0]?.raised.amount ?? 0) + 25_000,
    );
    first.child.kill('SIGKILL');
    await ended(first.child);
    const second = await start(dataDir);
    expect((await campaigns(second.url))[0]?.raised.amount).to.equal(
      (before[0]?.raised.amount ?? 0) + 25_000,
    );
    second.child.kill('SIGTERM');
    expect(await ended(second.child), second.output()).to.equal(0);
  });

  it('goes on where it was when the first start is killed in the middle of the demo', async () => {
    const dir = `${dataDir}-cut`;
    const port = await twoFreePorts();
    const first = spawn(process.execPath, ['dist/server/everything.js'], {
      cwd: root,
      env: { PORT: String(port), DATA_DIR: dir },
      stdio: 'ignore',
    });
    running.add(first);
    const gifts = async (url: string) =>
      (await campaigns(url)).reduce((sum, { donorCount }) => sum + donorCount, 0);
    await until(async () => (await gifts(`http://127.0.0.1:${port}`)) > 5, { timeoutMs: 50_000, everyMs: 5 });
    first.kill('SIGKILL');
    await ended(first);
    running.delete(first);
    const second = await start(dir);
    expect(await gifts(second.url)).to.equal(200);
    expect(await campaigns(second.url)).to.have.length(3);
    second.child.kill('SIGTERM');
    expect(await ended(second.child), second.output()).to.equal(0);
    await rm(join(root, dir), { recursive: true, force: true });
  });

  it('says in one sentence which setting is wrong', async () => {
    const child = spawn(process.execPath, ['dist/server/everything.js'], {
      cwd: root,
      env: { PORT: 'lots' },
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    expect(await ended(child)).to.equal(1);
    expect(said.trim().split('\n')).to.have.length(1);
    expect(said).to.contain('PORT');
  });
});
