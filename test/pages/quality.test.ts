import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { seed } from '../../server/demo/seed.ts';
import { launchChromium } from '../support/chromium.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { faultsOf, overhang, signIn } from './house.ts';

const SCRIPT_KB_MAX = 60;

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
    if (as) await signIn(page, platform.url, { email: `${as}@sangkuriang.test` });
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
        expect(await faultsOf(page), path()).to.deep.equal([]);
        await close();
      }
    });
  }

  it('scrolls only downwards on a narrow phone', async () => {
    for (const { path, as } of places) {
      const { page, close } = await open(path(), { width: 360, ...(as ? { as } : {}) });
      expect(await overhang(page), path()).to.be.at.most(0);
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
