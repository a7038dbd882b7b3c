import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { rupiah } from '../../server/protocol/money.ts';
import { liveCampaign } from '../support/house.ts';
import { until } from '../support/until.ts';
import { openPages, raisedOn, signIn, type TestPages } from './house.ts';

const HOLDER = 'YAYASAN LASORI';
const DEVICE = { bypassCSP: true, reducedMotion: 'reduce' } as const;

/** A donor, a team, finance and a reader, each in a browser of their own, and the money's way from one to the other. */
describe('the way of a campaign’s money', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let campaign: Awaited<ReturnType<typeof liveCampaign>> & { slug: string; title: string };

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
  });
  after(() => pages.close());
  beforeEach(async () => {
    const title = `Mata air ${randomUUID().slice(0, 8)}`;
    const live = await liveCampaign(platform.house, { title });
    campaign = { ...live, slug: await pages.slugOf(live.id), title };
  });
  afterEach(() => pages.clear());

  async function somebody(width = 390): Promise<Page> {
    return (await pages.somebody({ ...DEVICE, viewport: { width, height: 844 } })).page;
  }
  /** Signed in through the page, as finance or as an owner of the campaign. */
  async function signedIn(who: 'finance' | 'owner', path: string): Promise<Page> {
    const isFinance = who === 'finance';
    const { email, userId } = isFinance
      ? await pages.account({ name: 'Dewi Anggraini', staff: 'finance' })
      : await pages.account({ name: 'Budi Santoso' });
    if (!isFinance) await pages.join(campaign.id, userId, 'owner');
    const page = await somebody(isFinance ? 1280 : 390);
    await signIn(page, platform.url, { email, next: path });
    return page;
  }
  /** The campaign's page in somebody's hand, with what it says was raised. */
  async function watching() {
    const page = await somebody();
    await page.goto(`${platform.url}/c/${campaign.slug}`);
    await page.getByText('langsung', { exact: true }).waitFor();
    return () => raisedOn(page);
  }
  /** Finance enters that the gateway settled these, without a fee. */
  async function settle(page: Page, references: string[], total: number): Promise<void> {
    await page.goto(`${platform.url}/finance/settlements`);
    await page.locator('.fin-day-open').first().click();
    for (const reference of references) await page.getByLabel(reference).check();
    await page.getByLabel('Nomor laporan').fill(`LAP-${randomUUID().slice(0, 8)}`);
    await page.getByLabel('Hari setoran').fill(new Date().toISOString().slice(0, 10));
    await page.getByLabel('Dibayarkan kepada kita').fill(String(total));
    await page.getByRole('button', { name: 'Catat setoran' }).click();
    await page.getByText(`dari ${references.length} pembayaran dicatat.`).waitFor();
  }
  /** The owner adds an account and asks for money; finance approves; the bank says that it has arrived. */
  async function payOut(owner: Page, finance: Page, amount: number, words: string): Promise<void> {
    const number = String(7_001_000_001 + 2 * Math.floor(Math.random() * 10_000_000));
    await outside.control('/accounts', { bank: 'bca', number, holder: HOLDER });
    await owner.getByRole('button', { name: 'Tambah rekening' }).click();
    await owner.getByRole('combobox', { name: 'Bank' }).selectOption({ label: 'Bank Central Asia' });
    await owner.getByLabel('Nomor rekening').fill(number);
    await owner.getByLabel('Nama pemilik rekening').fill('Yayasan Lasori');
    await owner.getByRole('button', { name: 'Simpan rekening' }).click();
    await owner.getByText('Rekening tersimpan.').waitFor();
    await owner.getByLabel('Jumlah').fill(String(amount));
    await owner.getByRole('button', { name: `Minta ${words}` }).click();
    await owner.locator('.payouts .tag', { hasText: 'Sedang diperiksa' }).waitFor();

    await finance.goto(`${platform.url}/finance/payouts`);
    const row = finance.locator('.fin-row', { hasText: campaign.title });
    await row.locator('[data-row]').click();
    await row.getByRole('button', { name: 'Setujui…' }).click();
    await row.getByRole('button', { name: `Ya, kirim ${words}` }).click();
    await row.getByText('di gateway', { exact: true }).waitFor();
    const { key } = await platform.house.db.one(
      'select key from sk.payouts where campaign_id = $1',
      campaign.id,
    );
    await outside.control('/pay', { gateway: 'iris', orderId: key, action: 'complete' });
    await owner.locator('.payouts .tag', { hasText: 'Sampai di rekening' }).waitFor();
  }

  it('leads from donors over a settlement and two people to the beneficiary, and the statement shows all of it', async () => {
    const raised = await watching();
    const gifts = [
      await outside.paid(campaign.id, { gift: rupiah(600_000) }),
      await outside.paid(campaign.id, { gift: rupiah(400_000) }),
    ];
    await until(async () => (await raised()) === 1_000_000);
    const finance = await signedIn('finance', '/finance/settlements');
    await settle(
      finance,
      gifts.map(({ reference }) => reference),
      1_000_000,
    );
    const owner = await signedIn('owner', `/studio/${campaign.id}/money`);
    await payOut(owner, finance, 700_000, 'Rp700.000');

    const reader = await somebody();
    await reader.goto(`${platform.url}/c/${campaign.slug}/ledger`);
    await reader.locator('.moves-what', { hasText: 'Dikirim ke penerima' }).waitFor();
    expect(await reader.locator('.moves tbody tr strong').allTextContents()).to.deep.equal([
      '−Rp700.000',
      'Rp1.000.000',
    ]);
    expect(await raised()).to.equal(1_000_000);
  });

  it('comes back as a debt when a bank takes a gift that was paid out, and later gifts repay it', async () => {
    const raised = await watching();
    const gift = await outside.paid(campaign.id, { gift: rupiah(500_000), method: 'card' });
    await outside.act(gift.reference, 'settle');
    const finance = await signedIn('finance', '/finance/settlements');
    await settle(finance, [gift.reference], 500_000);
    const owner = await signedIn('owner', `/studio/${campaign.id}/money`);
    await payOut(owner, finance, 450_000, 'Rp450.000');

    await outside.act(gift.reference, 'chargeback');
    await until(async () => (await raised()) === 0);
    // The page of the team hears of it by itself.
    const owed = (words: string) => owner.locator('.notice', { hasText: words });
    await owed('Rp450.000').waitFor();
    await outside.paid(campaign.id, { gift: rupiah(300_000) });
    await owed('Rp150.000').waitFor();
    await outside.paid(campaign.id, { gift: rupiah(200_000) });
    await owed('Rp').waitFor({ state: 'detached' });
    // The reader's page hears of the last gift on its own, perhaps after the team's.
    await until(async () => (await raised()) === 500_000, { what: 'the sum of the later gifts' });
    const reader = await somebody();
    await reader.goto(`${platform.url}/c/${campaign.slug}/ledger`);
    await reader.locator('.moves tbody tr').first().waitFor();
    const moves = await reader.locator('.moves tbody tr strong').allTextContents();
    expect(moves).to.include.members(['−Rp500.000', '−Rp450.000', 'Rp500.000']);
  });
});
