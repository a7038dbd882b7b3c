import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { acting } from '../../server/db/open.ts';
import { DEMO_PASSWORD } from '../../server/demo/seed.ts';
import { mailUpdates } from '../../server/domain/updates/mail.ts';
import { postUpdate } from '../../server/domain/updates/post.ts';
import { launchChromium } from '../support/chromium.ts';
import { expectBalancedBooks, liveCampaign } from '../support/house.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { type Visitor, visitor } from '../support/visitor.ts';

const PHONE = { viewport: { width: 390, height: 844 }, locale: 'id-ID', timezoneId: 'Asia/Jakarta' };
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('the pages of updates', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let browser: Browser;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let slug: string;
  const contexts: BrowserContext[] = [];

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    outside.close();
    await platform.close();
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    slug = (
      await platform.house.db.one<{ slug: string }>(
        'select slug from sk.campaigns where id = $1',
        campaign.id,
      )
    ).slug;
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
    await expectBalancedBooks(platform.house.db);
  });

  async function person(more: object = {}): Promise<{ page: Page; errors: string[] }> {
    const context = await browser.newContext({ ...PHONE, bypassCSP: true, ...more });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    return { page, errors };
  }
  /** Somebody with an account, signed in through the page; their campaign role is given beside it. */
  async function signedIn(role: 'owner' | null): Promise<{ page: Page; errors: string[]; email: string }> {
    const email = `${randomUUID()}@example.org`;
    const { answer } = await platform.house.accounts.register({
      email,
      password: DEMO_PASSWORD,
      name: 'Ayu Lestari',
    });
    if (role)
      await platform.house.db.none(
        'insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, $3)',
        [campaign.id, answer.user.id, role],
      );
    const { page, errors } = await person();
    await page.goto(`${platform.url}/signin`);
    await page.getByLabel('Surel').fill(email);
    await page.getByLabel('Kata sandi', { exact: true }).fill(DEMO_PASSWORD);
    await page.locator('form').getByRole('button', { name: 'Masuk', exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
    return { page, errors, email };
  }
  const post = (title: string, text = 'Air **mengalir**.') =>
    postUpdate(platform.house, campaign.owner, {
      id: randomUUID(),
      campaignId: campaign.id,
      request: { title, text, pictureIds: [] },
    });
  /** Who is mailed of what was posted since this was asked last, with the link that stops it. */
  async function mails(): Promise<{ to: string; stop: string }[]> {
    await mailUpdates(platform.house);
    const rows = await acting(platform.house.db, 'system', 'test', (tx) =>
      tx.any<{ key: string; to: string; readerId: string }>(
        `select key, recipient as to, data ->> 'readerId' as "readerId" from sk.outbox where template = 'update'`,
      ),
    );
    const fresh = rows.filter(({ key }) => !mailed.has(key));
    for (const { key } of fresh) mailed.add(key);
    return fresh.map(({ to, readerId }) => ({
      to,
      stop: `${platform.url}/unsubscribe#${platform.house.unsubscribing.tokenOf({ readerId, campaignId: campaign.id })}`,
    }));
  }
  const mailed = new Set<string>();
  const faults = async (page: Page): Promise<string[]> => {
    await page.addScriptTag({ path: axe });
    return page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    });
  };

  it('show a new one to whoever watches, without a reload, and move nothing that is being read', async () => {
    await post('Kabar pertama');
    const { page, errors } = await person();
    await page.goto(`${platform.url}/c/${slug}`);
    await page.getByRole('heading', { name: 'Kabar pertama' }).waitFor();
    await page.getByText('langsung', { exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Kabar terbaru' }).scrollIntoViewIfNeeded();
    await page.evaluate(() => {
      const shifts = { sum: 0 };
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          shifts.sum += (entry as PerformanceEntry & { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: false });
    });
    await post('Sumur kedua selesai', 'Air **jernih** sejak pagi.');
    const fresh = page.getByRole('button', { name: /Kabar baru: Sumur kedua selesai/ });
    await fresh.waitFor();
    expect(await page.evaluate(() => (window as unknown as { shifts: { sum: number } }).shifts.sum)).to.equal(
      0,
    );
    await fresh.click();
    await page.getByRole('heading', { name: 'Sumur kedua selesai' }).waitFor();
    expect(await page.locator('.update h3').allTextContents()).to.deep.equal([
      'Sumur kedua selesai',
      'Kabar pertama',
    ]);
    expect(await page.locator('.update strong').first().textContent()).to.equal('jernih');
    expect(errors).to.deep.equal([]);
  });

  it('let the team write one, look at it before, add a picture, post it, and take it back', async () => {
    const { page, errors } = await signedIn('owner');
    const watcher = await person();
    await watcher.page.goto(`${platform.url}/c/${slug}`);
    await watcher.page.getByText('langsung', { exact: true }).waitFor();
    await page.goto(`${platform.url}/studio/${campaign.id}/updates`);
    await page.getByRole('button', { name: 'Terbitkan kabar' }).click();
    await page.getByText('Beri judul, paling sedikit tiga huruf.').waitFor();
    await page.getByLabel('Judul').fill('Tiang pertama berdiri');
    await page.getByLabel('Isi kabar').fill('Dana dipakai untuk **semen**.');
    await page.getByRole('button', { name: 'Lihat hasil' }).click();
    await page.locator('.staff-prose strong', { hasText: 'semen' }).waitFor();
    const image = await sharp({ create: { width: 80, height: 60, channels: 3, background: '#F2A541' } })
      .png()
      .toBuffer();
    await page
      .locator('#u-picture')
      .setInputFiles({ name: 'tiang.png', mimeType: 'image/png', buffer: image });
    await page.locator('.update-chosen img').waitFor();
    expect(await faults(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Terbitkan kabar' }).click();
    await page.getByText('Kabar sudah terbit.').waitFor();
    await watcher.page.getByRole('button', { name: /Kabar baru: Tiang pertama berdiri/ }).click();
    await watcher.page.locator('.update-pictures img').waitFor();
    expect(await faults(watcher.page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Tarik kabar ini' }).click();
    await page.getByRole('button', { name: 'Ya, tarik' }).click();
    await until(async () => (await watcher.page.locator('.update').count()) === 0);
    expect([...errors, ...watcher.errors]).to.deep.equal([]);
  });

  it('let a reader follow, and stop by one click out of the mail, and take that back', async () => {
    const { page, email } = await signedIn(null);
    await page.goto(`${platform.url}/c/${slug}`);
    await page.getByRole('button', { name: 'Ikuti', exact: true }).click();
    await page.getByRole('button', { name: 'Mengikuti', exact: true }).waitFor();
    await post('Kabar pertama');
    const [mail] = await mails();
    expect(mail?.to).to.equal(email);
    const reader = await person();
    await reader.page.goto(mail?.stop ?? '');
    await reader.page.getByRole('button', { name: 'Berhenti dari kampanye ini' }).waitFor();
    expect(await faults(reader.page)).to.deep.equal([]);
    await post('Kabar kedua');
    expect(await mails()).to.have.length(1);
    await reader.page.getByRole('button', { name: 'Berhenti dari kampanye ini' }).click();
    await reader.page.getByRole('heading', { name: 'Anda sudah berhenti' }).waitFor();
    await post('Kabar ketiga');
    expect(await mails()).to.have.length(0);
    await reader.page.getByRole('button', { name: 'Batalkan, kirimi lagi' }).click();
    await reader.page.getByRole('button', { name: 'Berhenti dari kampanye ini' }).waitFor();
    await post('Kabar keempat');
    expect(await mails()).to.have.length(1);
    expect(reader.errors).to.deep.equal([]);
    await reader.page.goto(`${platform.url}/unsubscribe#nothing`);
    await reader.page.reload();
    await reader.page.getByText('Tautan ini tidak lengkap').waitFor();
  });

  it('ask a donor, who is not taken to agree', async () => {
    const { page } = await person();
    await page.goto(`${platform.url}/c/${slug}/give?amount=50000`);
    await page.locator('label', { hasText: 'QRIS' }).first().click();
    await page.getByRole('button', { name: 'Lanjut' }).click();
    const box = page.getByRole('checkbox', { name: /Kirimi saya kabar/ });
    expect([await box.isChecked(), await box.isDisabled()]).to.deep.equal([false, true]);
    await page.getByLabel('Nama', { exact: true }).fill('Sari');
    await page.getByLabel('Surel').fill('sari@example.org');
    await box.check();
    await page.getByRole('button', { name: /^Bayar/ }).click();
    await page.waitForURL(/\/d\/[0-9a-f-]{36}#/);
    const id = /\/d\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
    const payment = await platform.house.db.payments.latestOf(id);
    await outside.act(payment?.reference ?? '', 'pay');
    await until(async () => (await platform.house.db.payments.latestOf(id))?.status === 'paid');
    await post('Kabar pertama');
    expect((await mails()).map(({ to }) => to)).to.deep.equal(['sari@example.org']);
  });
});
