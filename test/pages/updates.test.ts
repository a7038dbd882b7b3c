import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import sharp from 'sharp';
import { acting } from '../../server/db/open.ts';
import { mailUpdates } from '../../server/domain/updates/mail.ts';
import { postUpdate } from '../../server/domain/updates/post.ts';
import { liveCampaign } from '../support/house.ts';
import { until } from '../support/until.ts';
import { faultsOf, openPages, signIn, type TestPages } from './house.ts';

describe('the pages of updates', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let slug: string;

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
  });
  after(() => pages.close());
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    slug = await pages.slugOf(campaign.id);
  });
  afterEach(() => pages.clear());

  const person = () => pages.somebody({ bypassCSP: true });
  /** Somebody with an account, signed in through the page; their campaign role is given beside it. */
  async function signedIn(role: 'owner' | null) {
    const { email, userId } = await pages.account();
    if (role) await pages.join(campaign.id, userId, role);
    const { page, errors } = await person();
    await signIn(page, platform.url, { email });
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
    expect(await faultsOf(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Terbitkan kabar' }).click();
    await page.getByText('Kabar sudah terbit.').waitFor();
    await watcher.page.getByRole('button', { name: /Kabar baru: Tiang pertama berdiri/ }).click();
    await watcher.page.locator('.update-pictures img').waitFor();
    expect(await faultsOf(watcher.page)).to.deep.equal([]);
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
    expect(await faultsOf(reader.page)).to.deep.equal([]);
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
