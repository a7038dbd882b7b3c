import type { Browser, Page } from 'playwright-core';
import { startBehindNginx } from '../test/support/behind-nginx.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { median, runBenchmark } from './run.ts';

/**
 * `npm run bench:page`: what a donor with a cheap phone on a slow line waits for, who opens a campaign for the first
 * time. A real Chromium with a cold cache loads the built page through nginx, its processor slowed down four times,
 * on 1.6 Mbit/s with 150 ms to the server and back.
 *
 * The last line of stdout is one JSON object: the median of the rounds. Ends with 1 if one is above its bound.
 */
const ROUNDS = 5;
const CPU_SLOWDOWN = 4;
const LATENCY_MS = 150;
const DOWN_BYTES_PER_S = 1_600_000 / 8;
const UP_BYTES_PER_S = 750_000 / 8;
/** The live connection and late fonts have come by then, and with them whatever might still move. */
const SETTLE_MS = 3_000;

const LCP_MS_MAX = 2_000;
const CLS_MAX = 0;
const SCRIPT_KB_MAX = 60;

type Figures = { lcp_ms: number; cls: number; script_kb_gz: number; requests: number };

async function main(): Promise<number> {
  const platform = await startBehindNginx();
  const browser = await launchChromium();
  try {
    const { items } = (await (await fetch(`${platform.url}/api/v1/campaigns`)).json()) as {
      items: { slug: string }[];
    };
    const url = `${platform.url}/c/${items[0]?.slug}`;
    const rounds: Figures[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const figures = await visit(browser, url);
      console.log(`  round ${round}: ${JSON.stringify(figures)}`);
      rounds.push(figures);
    }
    const middle = (name: keyof Figures): number => median(rounds.map((figures) => figures[name]));
    const figures: Figures = {
      lcp_ms: middle('lcp_ms'),
      cls: middle('cls'),
      script_kb_gz: middle('script_kb_gz'),
      requests: middle('requests'),
    };
    const isGood =
      figures.lcp_ms <= LCP_MS_MAX && figures.cls <= CLS_MAX && figures.script_kb_gz <= SCRIPT_KB_MAX;
    if (!isGood) console.log(`  Asked for: ${LCP_MS_MAX} ms, ${CLS_MAX} shift, ${SCRIPT_KB_MAX} kB.`);
    console.log(JSON.stringify(figures));
    return isGood ? 0 : 1;
  } finally {
    await browser.close();
    await platform.close();
  }
}

/** A new context has a cache of its own, with nothing in it. */
async function visit(browser: Browser, url: string): Promise<Figures> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: 'id-ID',
  });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: LATENCY_MS,
      downloadThroughput: DOWN_BYTES_PER_S,
      uploadThroughput: UP_BYTES_PER_S,
    });
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    await page.addInitScript(observe);
    await page.goto(url, { waitUntil: 'networkidle' });
    await page.waitForTimeout(SETTLE_MS);
    return await figuresOf(page);
  } finally {
    await context.close();
  }
}

type Observed = { lcp: number; shift: number };
type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean };

/** Runs in the page, before its own scripts. */
function observe(): void {
  const seen = { lcp: 0, shift: 0 };
  Object.assign(window, { seen });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.lcp = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as Shift[]) if (!entry.hadRecentInput) seen.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

function figuresOf(page: Page): Promise<Figures> {
  return page.evaluate(() => {
    const { seen } = window as unknown as { seen: Observed };
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const scripts = resources.filter(({ name }) => new URL(name).pathname.endsWith('.js'));
    const bytes = scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    return {
      lcp_ms: Math.round(seen.lcp),
      cls: Math.round(seen.shift * 1_000) / 1_000,
      script_kb_gz: Math.round(bytes / 100) / 10,
      requests: resources.length + 1,
    };
  });
}

await runBenchmark(main);
