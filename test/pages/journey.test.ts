import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { expectBalancedBooks, liveCampaign } from '../support/house.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { PHONE, raisedOn } from './house.ts';

describe('a donor gives', () => {
  let platform: TestPlatform;
  let browser: Browser;
  let campaign: { id: string; slug: string };
  const contexts: BrowserContext[] = [];

  before(async () => {
    platform = await startPlatform();
    browser = await launchChromium();
    const { id } = await liveCampaign(platform.house, {
      title: 'Jembatan gantung untuk anak sekolah',
      goal: 2_000_000,
    });
    const { slug } = await platform.house.db.one<{ slug: string }>(
      'select slug from sk.campaigns where id = $1',
      id,
    );
    campaign = { id, slug };
  });
  after(async () => {
    await browser.close();
    await platform.close();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await expectBalancedBooks(platform.house.db);
  });

  /** A person with a browser of their own. What breaks in their page fails the test. */
  async function person(): Promise<{ page: Page; errors: string[] }> {
    const context = await browser.newContext(PHONE);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && message.location().url.startsWith(platform.url))
        errors.push(`${message.location().url}: ${message.text()}`);
    });
    return { page, errors };
  }

  const watching = async () => {
    const { page, errors } = await person();
    await page.goto(`${platform.url}/c/${campaign.slug}`);
    await page.getByText('langsung', { exact: true }).waitFor();
    // What makes a page jump counts from here on.
    await page.evaluate(() => {
      const shifts = { sum: 0 };
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          shifts.sum += (entry as PerformanceEntry & { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: false });
    });
    return {
      page,
      errors,
      total: () => raisedOn(page),
      progress: () =>
        page
          .locator('progress')
          .first()
          .evaluate((bar) => (bar as HTMLProgressElement).value),
      shifted: () => page.evaluate(() => (window as unknown as { shifts: { sum: number } }).shifts.sum),
    };
  };

  /** Through the pages, from the campaign to the gateway's payment page. */
  async function give(
    page: Page,
    { amount, name, message }: { amount: string; name: string | null; message?: string },
  ) {
    await page.goto(`${platform.url}/c/${campaign.slug}`);
    await page.getByRole('link', { name: 'Donasi sekarang' }).last().click();
    await page.getByLabel('Jumlah lain').fill(amount);
    await page.locator('label', { hasText: 'QRIS' }).first().click();
    await page.getByRole('button', { name: 'Lanjut' }).click();
    if (name === null) await page.getByText('Tampilkan sebagai Hamba Allah').click();
    else await page.getByLabel('Nama', { exact: true }).fill(name);
    if (message) await page.getByLabel('Pesan atau doa').fill(message);
    // Nobody fills in a form faster than this; a machine would be looked at.
    await page.getByRole('button', { name: /^Bayar/ }).dblclick();
    await page.waitForURL(/\/d\/[0-9a-f-]{36}#/);
    const id = /\/d\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
    await page.getByRole('link', { name: 'Buka halaman pembayaran' }).waitFor();
    return id;
  }

  const rows = async (table: string): Promise<number> =>
    (await platform.house.db.one<{ n: number }>(`select count(*)::int as n from sk.${table}`)).n;

  it('and everyone who watches sees it without a reload, and the thank-you page turns', async () => {
    const watcher = await watching();
    expect(await watcher.total()).to.equal(0);
    const donor = await person();
    const id = await give(donor.page, {
      amount: '500000',
      name: 'Sri Rahayu',
      message: 'Semoga lekas berdiri',
    });
    // A double click on the button made one donation.
    expect(await rows('donations')).to.equal(1);
    await donor.page.getByRole('link', { name: 'Buka halaman pembayaran' }).click();
    await donor.page.waitForURL(/\/midtrans\/snap\//);
    await donor.page.locator('button[value="pay"]').click();

    await until(async () => (await watcher.total()) === 500_000);
    expect(await watcher.progress()).to.equal(25);
    await watcher.page.getByText('Sri Rahayu').first().waitFor();
    await watcher.page.getByText('Semoga lekas berdiri').first().waitFor();
    await donor.page.goto(`${platform.url}/d/${id}`);
    await donor.page.getByText('Terima kasih, Sri Rahayu.').waitFor();
    expect(await watcher.shifted()).to.equal(0);
    expect([...watcher.errors, ...donor.errors]).to.deep.equal([]);
  });

  it('and the waiting page turns by itself while it is open', async () => {
    const donor = await person();
    const id = await give(donor.page, { amount: '50000', name: null });
    const payment = await platform.house.db.payments.latestOf(id);
    await platform.pay(payment?.reference ?? '');
    await donor.page.getByText('Terima kasih, Hamba Allah.').waitFor();
    expect(donor.errors).to.deep.equal([]);
  });

  it('and the same notification, ten times and ten times at once, changes nothing more', async () => {
    const watcher = await watching();
    const before = await watcher.total();
    const donor = await person();
    const id = await give(donor.page, { amount: '20000', name: 'Made Suarta' });
    const payment = await platform.house.db.payments.latestOf(id);
    for (const scenario of ['duplicate', 'duplicate-parallel']) {
      const answer = await fetch(`${platform.simulatorUrl}/_control`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ gateway: 'midtrans', scenario, count: 1, orderId: payment?.reference }),
      });
      expect(answer.status).to.equal(201);
    }
    await platform.pay(payment?.reference ?? '');
    const delivered = async () => {
      const listed = await fetch(
        `${platform.simulatorUrl}/_control/transactions?orderId=${payment?.reference}`,
      );
      const { transactions } = (await listed.json()) as {
        transactions: { notifications: { delivered: boolean; deliveries: { http_status: number }[] }[] }[];
      };
      return transactions.flatMap((one) => one.notifications.flatMap((notice) => notice.deliveries));
    };
    await until(async () => (await delivered()).length >= 10);
    await until(async () => (await watcher.total()) === before + 20_000);
    expect((await delivered()).every(({ http_status }) => http_status === 200)).to.equal(true);
    const head = (await platform.house.db.feeds.head(`campaign:${campaign.id}`))?.head;
    const named = await watcher.page
      .locator('section[aria-labelledby=wall] li', { hasText: 'Made Suarta' })
      .count();
    expect(named).to.equal(1);
    const { events } = (await (
      await fetch(`${platform.url}/api/v1/feeds/campaign:${campaign.id}/events?since=0`)
    ).json()) as { events: { data: { id?: string } }[] };
    expect(events.filter((event) => event.data.id === id)).to.have.length(1);
    expect(events).to.have.length(head ?? -1);
    expect(watcher.errors).to.deep.equal([]);
  });

  it('and hears that a payment failed, and pays another way', async () => {
    const donor = await person();
    const id = await give(donor.page, { amount: '30000', name: 'Yohana' });
    const payment = await platform.house.db.payments.latestOf(id);
    await fetch(`${platform.simulatorUrl}/_control/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: payment?.reference, action: 'fail' }),
    });
    await donor.page.getByText('Pembayarannya belum sampai.').waitFor();
    await donor.page.locator('label', { hasText: 'GoPay' }).first().click();
    await donor.page.getByRole('button', { name: /^Bayar/ }).click();
    await donor.page.getByRole('link', { name: 'Buka halaman pembayaran' }).waitFor();
    const second = await platform.house.db.payments.latestOf(id);
    expect(second?.method).to.equal('gopay');
    await platform.pay(second?.reference ?? '');
    await donor.page.getByText('Terima kasih, Yohana.').waitFor();
    expect(donor.errors).to.deep.equal([]);
  });

  it('and a watcher who lost the network catches up by itself', async () => {
    const watcher = await watching();
    const before = await watcher.total();
    await watcher.page.context().setOffline(true);
    await watcher.page.getByText('menyambung kembali…').waitFor();
    const donor = await person();
    const id = await give(donor.page, { amount: '40000', name: 'Ketut' });
    const payment = await platform.house.db.payments.latestOf(id);
    await platform.pay(payment?.reference ?? '');
    await donor.page.getByText('Terima kasih, Ketut.').waitFor();
    await watcher.page.context().setOffline(false);
    await until(async () => (await watcher.total()) === before + 40_000, { timeoutMs: 30_000 });
  });
});
