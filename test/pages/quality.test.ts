import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { seed } from '../../server/demo/seed.ts';
import { launchChromium } from '../support/chromium.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { faultsByDayAndNight, overhang, signIn } from './house.ts';

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

  const open = async (path: string, as?: string) => {
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      locale: 'id-ID',
      bypassCSP: true,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    if (as) await signIn(page, platform.url, { email: `${as}@sangkuriang.test` });
    await page.goto(`${platform.url}${path}`, { waitUntil: 'networkidle' });
    return { page, close: () => context.close() };
  };

  const places: { what: string; path: () => string; as?: string }[] = [
    { what: 'home', path: () => '/' },
    { what: 'campaign', path: () => `/c/${slug}` },
    { what: 'give', path: () => `/c/${slug}/give` },
    { what: 'sign in', path: () => '/signin' },
    { what: 'nowhere', path: () => '/nowhere' },
    { what: 'my gifts', path: () => '/me', as: 'ada' },
    { what: 'studio', path: () => '/studio', as: 'budi' },
    { what: 'a new campaign', path: () => '/studio/new', as: 'budi' },
    { what: 'review', path: () => '/review', as: 'citra' },
    { what: 'finance', path: () => '/finance', as: 'dewi' },
  ];
  for (const { path, as, what } of places) {
    it(`holds nothing that axe finds wrong and scrolls only downwards on a narrow phone: ${what}`, async () => {
      const { page, close } = await open(path(), as);
      expect(await faultsByDayAndNight(page)).to.deep.equal([]);
      await page.setViewportSize({ width: 360, height: 844 });
      expect(await overhang(page)).to.be.at.most(0);
      await close();
    });
  }

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
