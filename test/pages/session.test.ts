import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { signIn } from './house.ts';

describe('who is signed in', () => {
  let platform: TestPlatform;
  let browser: Browser;
  before(async () => {
    platform = await startPlatform();
    await platform.house.accounts.register({
      email: 'rini@example.org',
      name: 'Rini',
      password: 'perahu-malam',
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    await platform.close();
  });

  it('stays so through reloads that cut a renewal short', async () => {
    const page = await browser.newPage({ locale: 'id-ID' });
    page.setDefaultTimeout(20_000);
    await signIn(page, platform.url, { email: 'rini@example.org', password: 'perahu-malam' });
    for (let round = 0; round < 6; round += 1) {
      // The moment the page asks for a new token it is loaded again.
      const asked = page.waitForRequest((request) => request.url().endsWith('/auth/refresh'));
      void page.goto(`${platform.url}/me`).catch(() => {});
      await asked;
    }
    await page.goto(`${platform.url}/me`);
    await page.getByRole('heading', { name: 'Donasi saya' }).waitFor();
    await page.getByText('Belum ada donasi di akun ini.').waitFor();
    expect(new URL(page.url()).pathname).to.equal('/me');
    await page.close();
  });
});
