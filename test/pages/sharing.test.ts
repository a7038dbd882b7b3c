import { expect } from 'chai';
import type { Browser, BrowserContext } from 'playwright-core';
import { edit } from '../../server/domain/campaigns/edit.ts';
import { launchChromium } from '../support/chromium.ts';
import { liveCampaign } from '../support/house.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const TITLE = 'Perahu & jaring untuk nelayan';

describe('a campaign that is passed on', () => {
  let platform: TestPlatform;
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  before(async () => {
    platform = await startPlatform();
    browser = await launchChromium();
    const { house } = platform;
    const { id, owner } = await liveCampaign(house, { title: 'Perahu untuk nelayan' });
    // Renamed as a draft would be: what is public keeps its title.
    await house.db.none("update sk.campaigns set status = 'draft' where id = $1", [id]);
    await edit(house, owner, id, { title: TITLE });
    await house.db.none("update sk.campaigns set status = 'live' where id = $1", [id]);
  });
  after(async () => {
    await browser.close();
    await platform.close();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });

  const visit = async (path: string) => {
    const context = await browser.newContext({
      locale: 'id-ID',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(`${platform.url}${path}`);
    return page;
  };

  it('is met under its present address by whoever follows an old one, also inside the pages', async () => {
    for (const rest of ['', '/give?amount=50000']) {
      const page = await visit('/');
      await page.getByRole('heading', { level: 1 }).waitFor();
      // A link on the page, which the pages follow by themselves.
      await page.evaluate((href) => {
        const link = Object.assign(document.createElement('a'), { href, textContent: 'lama' });
        document.querySelector('main')?.prepend(link);
        link.click();
      }, `/c/perahu-untuk-nelayan${rest}`);
      await page.waitForURL(`${platform.url}/c/perahu-jaring-untuk-nelayan${rest}`);
      await page.getByText(TITLE).first().waitFor();
      await until(async () => (await page.title()).endsWith('· Sangkuriang'), { what: 'the title' });
      await page.goBack();
      await page.waitForURL(`${platform.url}/`);
    }
  });

  it('keeps the title that the server gave it, and takes the next page’s when it is left', async () => {
    const page = await visit('/c/perahu-untuk-nelayan');
    expect(page.url()).to.equal(`${platform.url}/c/perahu-jaring-untuk-nelayan`);
    await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
    expect(await page.title()).to.equal(`${TITLE} · Sangkuriang`);
    await page.getByRole('link', { name: 'Sangkuriang, beranda' }).click();
    await until(async () => (await page.title()) === 'Sangkuriang: sebelum matahari terbit', {
      what: 'the title of the home page',
    });
  });

  for (const [language, words, copy, copied] of [
    ['ID', `Ikut menyalakan lentera: ${TITLE}`, 'Salin tautan', 'Tautan disalin'],
    ['EN', `Help light a lamp: ${TITLE}`, 'Copy link', 'Link copied'],
  ] as const) {
    it(`goes to WhatsApp and X with its words and address, or as a link alone (${language})`, async () => {
      const page = await visit('/c/perahu-jaring-untuk-nelayan');
      if (language === 'EN') await page.getByRole('button', { name: 'EN: Switch to English' }).click();
      await page.getByRole('button', { name: copy }).waitFor();
      const url = `${platform.url}/c/perahu-jaring-untuk-nelayan`;
      const target = async (name: string | RegExp): Promise<URL> =>
        new URL((await page.getByRole('link', { name }).getAttribute('href')) ?? '');
      const whatsApp = await target('WhatsApp');
      expect(whatsApp.origin).to.equal('https://wa.me');
      expect(whatsApp.searchParams.get('text')).to.equal(`${words}\n${url}`);
      const x = await target(/ X$/);
      expect(x.origin + x.pathname).to.equal('https://x.com/intent/post');
      expect([x.searchParams.get('text'), x.searchParams.get('url')]).to.deep.equal([words, url]);
      await page.getByRole('button', { name: copy }).click();
      await page.getByRole('button', { name: copied }).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal(url);
    });
  }
});
