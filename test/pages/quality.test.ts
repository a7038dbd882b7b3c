import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { DEMO_PASSWORD, seed } from '../../server/demo/seed.ts';
import { launchChromium } from '../support/chromium.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';

const SCRIPT_KB_MAX = 60;
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('every page', () => {
  let platform: TestPlatform;
  let browser: Browser;
  let slug: string;

  before(async function () {
    this.timeout(120_000);
    platform = await startPlatform();
    await seed(platform.house, { pay: platform.pay });
    slug = (
      await platform.house.db.one<{ slug: string }>('select slug from sk.campaigns order by id limit 1')
    ).slug;
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    await platform.close();
  });

  const faults = async (page: Page): Promise<string[]> => {
    await page.addScriptTag({ path: axe });
    return page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
      );
    });
  };

  const open = async (
    path: string,
    { width = 390, scheme = 'light', as }: { width?: number; scheme?: 'light' | 'dark'; as?: string } = {},
  ) => {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme: scheme,
      locale: 'id-ID',
      bypassCSP: true,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    if (as) {
      await page.goto(`${platform.url}/signin`);
      await page.getByLabel('Surel').fill(`${as}@sangkuriang.test`);
      await page.getByLabel('Kata sandi', { exact: true }).fill(DEMO_PASSWORD);
      await page.locator('form').getByRole('button', { name: 'Masuk', exact: true }).click();
      await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
    }
    await page.goto(`${platform.url}${path}`, { waitUntil: 'networkidle' });
    return { page, close: () => context.close() };
  };

  const places: { path: () => string; as?: string }[] = [
    { path: () => '/' },
    { path: () => `/c/${slug}` },
    { path: () => `/c/${slug}/give` },
    { path: () => '/signin' },
    { path: () => '/nowhere' },
    { path: () => '/me', as: 'ada' },
    { path: () => '/studio', as: 'budi' },
    { path: () => '/studio/new', as: 'budi' },
    { path: () => '/review', as: 'citra' },
    { path: () => '/finance', as: 'dewi' },
  ];
  for (const scheme of ['light', 'dark'] as const) {
    it(`holds nothing that axe finds wrong, ${scheme === 'light' ? 'by day' : 'by night'}`, async function () {
      this.timeout(180_000);
      for (const { path, as } of places) {
        const { page, close } = await open(path(), { scheme, ...(as ? { as } : {}) });
        expect(await faults(page), path()).to.deep.equal([]);
        await close();
      }
    });
  }

  it('scrolls only downwards on a narrow phone', async () => {
    for (const { path, as } of places) {
      const { page, close } = await open(path(), { width: 360, ...(as ? { as } : {}) });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over, path()).to.be.at.most(0);
      await close();
    }
  });

  it(`brings the campaign page with at most ${SCRIPT_KB_MAX} kB of script`, async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    const scripts = new Set<string>();
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') scripts.add(new URL(response.url()).pathname);
    });
    await page.goto(`${platform.url}/c/${slug}`, { waitUntil: 'networkidle' });
    await context.close();
    let bytes = 0;
    for (const path of scripts) bytes += gzipSync(await readFile(`web/dist${path}`), { level: 9 }).length;
    expect(scripts.size).to.be.greaterThan(0);
    expect(bytes / 1024).to.be.at.most(SCRIPT_KB_MAX);
  });
});
