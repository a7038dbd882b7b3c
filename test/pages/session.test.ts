import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';

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
    await page.goto(`${platform.url}/signin`);
    await page.getByLabel('Surel').fill('rini@example.org');
    await page.getByLabel('Kata sandi', { exact: true }).fill('perahu-malam');
    await page.locator('form').getByRole('button', { name: 'Masuk', exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
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
