import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBehindNginx } from '../support/behind-nginx.ts';
import { ensurePrograms } from '../support/programs.ts';
import { type Found, slow, sqlmap, type Target, TOOLS, wapiti } from './tools.ts';
import { startWeak } from './weak.ts';

/**
 * `npm run attack`: turns sqlmap, wapiti and slow connections on the built product behind nginx, all on loopback and
 * each for a bounded time. A server with holes is tried beside it: a tool that finds nothing there fails the run.
 * Ends with 1 if anything was found, if an answer was a 500, if an honest visitor had to wait, or if a process died.
 */
/** Of sqlmap for one target; with fewer it has given up. */
const REQUESTS_MIN = 50;
const VISIT_EVERY_MS = 100;
const VISIT_MS_MAX = 2_000;
/** On loopback there is no certificate to insist on; where there is one, the server sends the header. */
const BY_DESIGN = [
  /Strict-Transport-Security is not set/,
  // The filter of old browsers made holes of its own; the server sends 0, which this scanner takes for nothing.
  /X-XSS-Protection is not set/,
];

const findings: string[] = [];
const note = (what: string, { findings: found, isDone }: Found): void => {
  const real = found.filter((finding) => !BY_DESIGN.some((pattern) => pattern.test(finding)));
  findings.push(...real);
  const end = isDone ? '' : ', stopped when its time was over';
  console.log(`  ${what}: ${real.length === 0 ? 'nothing found' : `${real.length} found`}${end}`);
};

async function main(): Promise<number> {
  await ensurePrograms(TOOLS);
  const platform = await startBehindNginx({ floodFactor: 20 });
  try {
    await tryTheTools(await readFile(join(platform.dataDir, 'database-url'), 'utf8'));
    const { items } = (await (await fetch(`${platform.url}/api/v1/campaigns`)).json()) as {
      items: { id: string; slug: string }[];
    };
    const [campaign] = items;
    if (!campaign) throw new Error('the demo has no campaign');

    const asked = async () => (await platform.nginx.accessLog()).length;
    for (const target of targets(platform.url, campaign)) {
      const what = `sqlmap ${target.body === undefined ? 'GET' : 'POST'} ${target.url}`;
      const answered = await meantWell(target);
      if (answered !== target.answers)
        findings.push(`${what} was not tried: it answered ${answered} and not ${target.answers}`);
      const before = await asked();
      const found = await sqlmap(target);
      const requests = (await asked()) - before;
      if (requests < REQUESTS_MIN) findings.push(`${what} was not tried: only ${requests} requests`);
      note(`${what}, ${requests} requests`, found);
    }
    const starts = [
      `/c/${campaign.slug}`,
      `/c/${campaign.slug}/give`,
      '/signin',
      '/?q=banjir&sort=newest',
      '/api/v1/campaigns?q=banjir&sort=newest&limit=5',
      `/api/v1/campaigns/${campaign.id}/donations?limit=5`,
    ].map((path) => `${platform.url}${path}`);
    note('wapiti, pages and API', await wapiti(platform.url, starts));

    for (const kind of ['headers', 'body', 'read'] as const) {
      const path = kind === 'body' ? '/api/v1/auth/login' : `/c/${campaign.slug}`;
      await whileVisiting(platform.url, kind, () => slow(kind, `${platform.url}${path}`));
    }
    const failed = (await platform.nginx.accessLog()).filter(({ status }) => /^5/.test(String(status)));
    for (const { method, path, status } of failed.slice(0, 20))
      findings.push(`answered ${status}: ${method} ${path}`);
    console.log(`  ${failed.length} of all answers were a 5xx`);
    if (platform.hasEnded()) findings.push(`the platform died: ${platform.output().slice(-1_000)}`);
  } finally {
    await platform.close();
  }
  for (const finding of findings) console.log(`FOUND ${finding}`);
  console.log(findings.length === 0 ? 'Nothing was found.' : `${findings.length} findings.`);
  return findings.length === 0 ? 0 : 1;
}

async function tryTheTools(databaseUrl: string): Promise<void> {
  const weak = await startWeak(databaseUrl.trim());
  try {
    const bySqlmap = await sqlmap({ url: `${weak.url}/?name=tables` });
    const byWapiti = await wapiti(weak.url, [`${weak.url}/?name=tables`]);
    if (bySqlmap.findings.length === 0) findings.push('sqlmap did not find the hole that was made for it');
    if (!byWapiti.findings.some((finding) => /Scripting/i.test(finding)))
      findings.push('wapiti did not find the hole that was made for it');
    console.log(
      `  the tools on a server with holes: ${bySqlmap.findings.length + byWapiti.findings.length} found`,
    );
  } finally {
    await weak.close();
  }
}

/** One of each way in which somebody outside gives us text. */
function targets(url: string, { id, slug }: { id: string; slug: string }): Target[] {
  const json = { 'Content-Type': 'application/json' };
  return [
    { url: `${url}/api/v1/campaigns?q=banjir&sort=newest&limit=5`, answers: 200 },
    { url: `${url}/api/v1/campaigns/${slug}*`, answers: 200 },
    { url: `${url}/api/v1/campaigns/${id}*/donations?limit=5`, answers: 200 },
    { url: `${url}/api/v1/feeds/campaign:${id}*/events?since=0&limit=5`, answers: 200 },
    { url: `${url}/c/${slug}*`, answers: 200 },
    {
      url: `${url}/api/v1/auth/login`,
      answers: 401,
      headers: json,
      body: JSON.stringify({ email: 'ada@sangkuriang.test', password: 'no password of hers' }),
    },
    {
      url: `${url}/api/v1/auth/register`,
      answers: 201,
      headers: json,
      body: JSON.stringify({ email: 'siti@example.com', password: 'a password of her own', name: 'Siti' }),
    },
    {
      url: `${url}/api/v1/campaigns/${id}/donations`,
      answers: 201,
      headers: { ...json, 'Idempotency-Key': '0b6f1c52-6f0e-4f0e-9d49-3c1f5a3b6a11*' },
      body: JSON.stringify({ gift: { amount: 25_000, currency: 'IDR' }, method: 'qris' }),
    },
    {
      url: `${url}/webhooks/midtrans`,
      answers: 403,
      headers: json,
      body: JSON.stringify({ order_id: 'a', status_code: '200', gross_amount: '1.00', signature_key: 'b' }),
    },
  ];
}

async function meantWell({ url, body, headers = {} }: Target): Promise<number> {
  const unmarked = (text: string): string => text.replaceAll('*', '');
  const answer = await fetch(unmarked(url), {
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, unmarked(text)])),
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** An honest visitor loads a page again and again while `attack` runs, and should notice nothing. */
async function whileVisiting(url: string, kind: string, attack: () => Promise<unknown>): Promise<void> {
  let isOver = false;
  const attacking = attack().finally(() => {
    isOver = true;
  });
  let visits = 0;
  let slowestMs = 0;
  let refused = 0;
  while (!isOver) {
    const started = performance.now();
    const status = await fetch(url, { signal: AbortSignal.timeout(5 * VISIT_MS_MAX) }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 0,
    );
    slowestMs = Math.max(slowestMs, performance.now() - started);
    visits += 1;
    if (status !== 200) refused += 1;
    await new Promise((resolve) => setTimeout(resolve, VISIT_EVERY_MS));
  }
  await attacking;
  const figures = `${visits} visits, the slowest ${Math.round(slowestMs)} ms, ${refused} refused`;
  console.log(`  slow ${kind}: ${figures}`);
  if (refused > 0 || slowestMs > VISIT_MS_MAX) findings.push(`slow ${kind} disturb visitors: ${figures}`);
}

try {
  process.exitCode = await main();
} catch (fault) {
  console.error(fault instanceof Error ? fault.message : fault);
  process.exitCode = 1;
}
