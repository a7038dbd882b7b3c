import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import pg from 'pg';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { acting } from '../../server/db/open.ts';
import { payAgain } from '../../server/domain/donations/pledge.ts';
import { enterSettlement } from '../../server/domain/settlements/enter.ts';
import type { StaffRole } from '../../server/protocol/accounts.ts';
import { FINANCE } from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import type { BankAccountView, PayoutView } from '../../server/protocol/payouts.ts';
import { liveCampaign, person } from '../support/house.ts';
import { until } from '../support/until.ts';
import {
  faultsByDayAndNight,
  openPages,
  overhang,
  PHONE,
  raisedOn,
  signIn,
  type TestPages,
} from './house.ts';

const DESK = { viewport: { width: 1280, height: 900 } };
const HOLDER = 'YAYASAN AIR BERSIH LASORI';
const PARTS = ['', '/payouts', '/refunds', '/disputes', '/settlements', '/offline', '/unmatched'];
const DAY_MS = 86_400_000;

describe('the finance console', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let admin: pg.Client;
  let campaign: Awaited<ReturnType<typeof liveCampaign>> & { slug: string; title: string };
  let titles = 0;

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
    admin = new pg.Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    await pages.close();
  });
  beforeEach(async () => {
    titles += 1;
    const title = `Sumur ${titles} untuk Dusun Lasori`;
    const live = await liveCampaign(platform.house, { title });
    campaign = { ...live, slug: await pages.slugOf(live.id), title };
  });
  afterEach(() => pages.clear());

  const visiting = (more: BrowserContextOptions = {}) =>
    pages.somebody({ ...DESK, bypassCSP: true, reducedMotion: 'reduce', ...more });
  /** A member of staff with an account, signed in through the page. */
  async function staff(
    role: StaffRole | null,
    { part = '', on = DESK as BrowserContextOptions, name = 'Dewi Anggraini' } = {},
  ) {
    const { email, userId } = await pages.account({ name, staff: role });
    const somebody = await visiting(on);
    await signIn(somebody.page, platform.url, { email, next: `/finance${part}` });
    return { ...somebody, userId };
  }
  const live = (page: Page) => page.getByText('langsung', { exact: true }).waitFor();

  const once = (token: string) => ({ token, headers: { 'idempotency-key': randomUUID() } });
  const settle = async (reference: string, amount: number, { fee = 0, daysAgo = 1 } = {}) =>
    enterSettlement({ ...platform.house, platformFeeBp: 0 }, await cashier(), {
      id: randomUUID(),
      request: {
        gateway: 'midtrans',
        bankReference: `MID-${randomUUID().slice(0, 8).toUpperCase()}`,
        settledOn: new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10),
        fee: rupiah(fee),
        vat: rupiah(0),
        references: [reference],
        amount: rupiah(amount - fee),
      },
    });
  const cashier = () => person(platform.house.db, 'Eka', 'finance');
  /** A payout that the campaign's owner has asked for, out of gifts that were settled. */
  async function requested(amount: number, { holder = HOLDER } = {}): Promise<PayoutView> {
    const gift = await outside.paid(campaign.id, { gift: rupiah(amount + 500_000) });
    await settle(gift.reference, amount + 500_000, { fee: 7_000 });
    const number = String(7_210_000_000 + Math.floor(Math.random() * 9_999_999));
    const owner = outside.tokenOf(campaign.owner);
    await outside.control('/accounts', { bank: 'bca', number, holder });
    const { body: added } = await outside.post<{ bankAccount: BankAccountView }>(
      `/api/v1/campaigns/${campaign.id}/bank-accounts`,
      { bank: 'bca', number, holder },
      once(owner),
    );
    await admin.query(
      `update sk.bank_accounts set usable_from = now() - interval '1 second' where campaign_id = $1`,
      [campaign.id],
    );
    const { status, body } = await outside.post<{ payout: PayoutView }>(
      `/api/v1/campaigns/${campaign.id}/payouts`,
      { amount: rupiah(amount), bankAccountId: added.bankAccount.id },
      once(owner),
    );
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.payout;
  }
  const countOf = async (what: string, ...values: unknown[]): Promise<number> =>
    Number((await admin.query(`select count(*) as n from ${what}`, values)).rows[0].n);
  /** Something of everything that finance may meet. */
  async function busy(): Promise<{ reference: string }> {
    await requested(2_500_000);
    const back = await outside.paid(campaign.id, { gift: rupiah(150_000), tip: rupiah(10_000) });
    const token = outside.tokenOf(await cashier());
    await outside.post(
      `/api/v1/donations/${back.id}/refunds`,
      { gift: rupiah(50_000), reason: 'Donatur salah ketik' },
      once(token),
    );
    const card = await outside.paid(campaign.id, { gift: rupiah(300_000), method: 'card' });
    await outside.act(card.reference, 'settle');
    await outside.act(card.reference, 'chargeback');
    await until(async () => (await outside.seen(card)).status === 'charged_back');
    await outside.paid(campaign.id, { gift: rupiah(75_000) });
    await outside.post(
      `/api/v1/campaigns/${campaign.id}/offline-donations`,
      {
        gift: rupiah(5_000_000),
        way: 'bank_transfer',
        receivedOn: '2026-11-20',
        proof: 'Rekening koran BCA 20/11, baris 14',
      },
      once(token),
    );
    await outside.post(
      `/api/v1/campaigns/${campaign.id}/holds`,
      { amount: rupiah(100_000), reason: 'Menunggu salinan nota dari tukang' },
      once(token),
    );
    return back;
  }

  /** A campaign's page in somebody else's browser. */
  async function watching() {
    const { page, errors } = await visiting(PHONE);
    await page.goto(`${platform.url}/c/${campaign.slug}`);
    await live(page);
    return {
      errors,
      total: () => raisedOn(page),
    };
  }
  const rowOf = (page: Pick<Page, 'locator'>, text: string) => page.locator('.fin-row', { hasText: text });
  const openRow = async (page: Page, text: string) => {
    await rowOf(page, text).locator('[data-row]').click();
    return rowOf(page, text);
  };

  describe('gives back', () => {
    it('a part of a gift, and every open page of the campaign falls back', async () => {
      const gift = await outside.paid(campaign.id, { gift: rupiah(150_000), tip: rupiah(10_000) });
      const watcher = await watching();
      await until(async () => (await watcher.total()) === 150_000, { what: 'the gift' });
      const { page, errors } = await staff('finance', { part: '/refunds' });
      await page.getByLabel('Cari donasi').fill(gift.reference);
      await page.getByRole('button', { name: 'Cari', exact: true }).click();
      const form = page.getByRole('form', { name: 'Kembalikan' });
      expect(await form.getByLabel('Bagian donasi').inputValue()).to.equal('150.000');
      expect(await form.getByLabel('Bagian tip').inputValue()).to.equal('10.000');
      await form.getByLabel('Bagian donasi').fill('50000');
      await form.getByLabel('Bagian tip').fill('');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await page.getByText('Tulis alasannya.').waitFor();
      await form.getByLabel('Alasan', { exact: true }).fill('Donatur salah ketik');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await page.getByText('Kembalikan Rp50.000 kepada donatur?').waitFor();
      await form.getByRole('button', { name: 'Ya, kembalikan Rp50.000' }).dblclick();
      await page.getByText('Rp50.000 sudah dikembalikan.').waitFor();
      await until(async () => (await watcher.total()) === 100_000);
      await until(async () => (await form.getByLabel('Bagian donasi').inputValue()) === '100.000', {
        what: 'what is left to be offered',
      });
      expect(await countOf('sk.refunds where donation_id = $1', gift.id)).to.equal(1);
      expect([...errors, ...watcher.errors]).to.deep.equal([]);
    });

    it('once, also where the answer was lost and the button is pressed again', async () => {
      const gift = await outside.paid(campaign.id, { gift: rupiah(80_000) });
      const { page } = await staff('finance', { part: `/refunds?find=${gift.id}` });
      let lost = 0;
      await page.route('**/refunds', async (route) => {
        if (route.request().method() !== 'POST' || lost > 0) return route.continue();
        lost += 1;
        await route.fetch();
        await route.abort();
      });
      const form = page.getByRole('form', { name: 'Kembalikan' });
      await form.getByLabel('Bagian donasi').fill('30000');
      await form.getByLabel('Alasan', { exact: true }).fill('Diminta donatur');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await form.getByRole('button', { name: 'Ya, kembalikan Rp30.000' }).click();
      await page.getByText('Jaringan terputus.').waitFor();
      await form.getByRole('button', { name: 'Ya, kembalikan Rp30.000' }).click();
      await page.getByText('Rp30.000 sudah dikembalikan.').waitFor();
      expect(lost).to.equal(1);
      expect(await countOf('sk.refunds where donation_id = $1', gift.id)).to.equal(1);
    });

    it('by transfer where the gateway cannot, with the bank’s number', async () => {
      const gift = await outside.paid(campaign.id, { gift: rupiah(90_000), method: 'va_bca' });
      const { page } = await staff('finance', { part: `/refunds?find=${gift.reference}` });
      const form = page.getByRole('form', { name: 'Kembalikan' });
      await form.getByText('bayar ke rekening donatur').waitFor();
      await form.getByLabel('Sudah saya transfer sendiri').check();
      await form.getByLabel('Alasan', { exact: true }).fill('Diminta donatur');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await form.getByText('Isi nomornya').waitFor();
      await form.getByLabel('Nomor transaksi bank').fill('BCA-77120');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await form.getByRole('button', { name: 'Ya, kembalikan Rp90.000' }).click();
      await page.getByText('Rp90.000 sudah dikembalikan.').waitFor();
      await page.getByText('Sudah kembali seluruhnya.').waitFor();
    });

    it('to the donor’s account where the gateway cannot: one reads the holder, another one lets it go', async () => {
      const gift = await outside.paid(campaign.id, { gift: rupiah(90_000), method: 'va_bca' });
      await outside.control('/accounts', { bank: 'bca', number: '8000000001', holder: 'AYU LESTARI' });
      await outside.control('/accounts', { bank: 'bca', number: '8000000099', holder: null });
      const watcher = await watching();
      await until(async () => (await watcher.total()) === 90_000, { what: 'the gift' });
      const asking = await staff('finance', { part: `/refunds?find=${gift.reference}` });
      const form = asking.page.getByRole('form', { name: 'Kembalikan' });
      await form.getByLabel('Alasan', { exact: true }).fill('Salah kampanye');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await form.getByText('Pilih banknya.').waitFor();
      await form.getByLabel('Bank donatur').selectOption('bca');
      await form.getByLabel('Nomor rekening donatur').fill('8000000099');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await form.getByText('Bank tidak mengenal rekening ini.').waitFor();
      await form.getByLabel('Nomor rekening donatur').fill('8000 0000 01');
      await form.getByRole('button', { name: 'Kembalikan…' }).click();
      await form.getByText('Minta Rp90.000 dibayarkan kepada AYU LESTARI, BCA 8000 0000 01?').waitFor();
      await form.getByRole('button', { name: 'Ya, minta persetujuan' }).click();
      await asking.page.getByText('Rp90.000 menunggu persetujuan orang kedua di Pencairan.').waitFor();

      await asking.page.goto(`${platform.url}/finance/payouts`);
      const own = await openRow(asking.page, campaign.title);
      await own.getByRole('button', { name: 'Setujui…' }).click();
      await own.getByRole('button', { name: 'Ya, kirim Rp90.000' }).click();
      await own.getByText('Anda sendiri yang memintanya').waitFor();

      const second = await staff('finance', { part: '/payouts', name: 'Rini Wulandari' });
      await live(second.page);
      const row = await openRow(second.page, campaign.title);
      await row.getByText('Pengembalian donasi: uang ini bukan pencairan kampanye.').waitFor();
      await row.getByRole('button', { name: 'Setujui…' }).click();
      await row.getByText('Kirim Rp90.000 kepada AYU LESTARI, BCA 8000 0000 01').waitFor();
      await row.getByText('Pastikan nama pemilik rekening, seperti ditulis bank').waitFor();
      await row.getByRole('button', { name: 'Ya, kirim Rp90.000' }).click();
      await row.getByText('Disetujui: Rp90.000 kepada AYU LESTARI.').waitFor();
      const { rows } = await admin.query(
        'select p.key from sk.payouts p join sk.refunds r on r.id = p.refund_id where r.donation_id = $1',
        [gift.id],
      );
      await outside.control('/pay', { gateway: 'iris', orderId: rows[0].key, action: 'complete' });
      await row.getByText('sampai', { exact: true }).waitFor();
      await until(async () => (await watcher.total()) === 0);
      expect([...watcher.errors, ...asking.errors, ...second.errors]).to.deep.equal([]);
    });
  });

  describe('pays out', () => {
    it('by a second person, who reads the amount and the holder again, and once', async () => {
      const payout = await requested(2_500_000);
      const { page, errors } = await staff('finance', { part: '/payouts' });
      await live(page);
      const row = await openRow(page, campaign.title);
      await row.getByText('Masih tersedia').waitFor();
      await row.getByText('Warga Dusun Lasori').waitFor();
      await row.getByRole('button', { name: 'Setujui…' }).click();
      await row
        .getByRole('form', { name: /^Kirim Rp2\.500\.000 kepada YAYASAN AIR BERSIH LASORI, BCA 72/ })
        .waitFor();
      let sent = 0;
      page.on('request', (request) => {
        if (request.url().endsWith('/approve')) sent += 1;
      });
      await row.getByRole('button', { name: 'Ya, kirim Rp2.500.000' }).dblclick();
      await row.getByText(`Disetujui: Rp2.500.000 kepada ${HOLDER}.`).waitFor();
      await row.getByText('di gateway', { exact: true }).waitFor();
      expect(sent).to.equal(1);
      const { rows } = await admin.query('select key from sk.payouts where id = $1', [payout.id]);
      await outside.control('/pay', { gateway: 'iris', orderId: rows[0].key, action: 'complete' });
      // The bank's word reaches the row that is being read, which stays where it is.
      await row.getByText('sampai', { exact: true }).waitFor();
      await row.getByRole('button', { name: 'Bank mengembalikannya…' }).waitFor();
      expect(errors).to.deep.equal([]);
    });

    it('never by one of the campaign’s own team, and says so', async () => {
      const payout = await requested(1_000_000);
      const { page, userId } = await staff('finance', { part: '/payouts' });
      await admin.query(
        `insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, 'viewer')`,
        [campaign.id, userId],
      );
      const row = await openRow(page, campaign.title);
      await row.getByRole('button', { name: 'Setujui…' }).click();
      await row.getByRole('button', { name: 'Ya, kirim Rp1.000.000' }).click();
      await row.getByText('Orang lain yang harus memutuskan.').waitFor();
      expect(await countOf(`sk.payouts where id = $1 and status = 'requested'`, payout.id)).to.equal(1);
    });

    it('not while the campaign’s money is held, and lets the hold go', async () => {
      await requested(400_000);
      const { page } = await staff('finance', { part: '/payouts' });
      const row = await openRow(page, campaign.title);
      await row.getByRole('button', { name: 'Tahan dana…' }).click();
      await row.getByLabel('Alasan').fill('Ada laporan warga');
      await row.getByRole('button', { name: 'Ya, tahan' }).dblclick();
      await row.getByText('Ditahan: Semua dana.').waitFor();
      expect(await countOf('sk.holds where campaign_id = $1', campaign.id)).to.equal(1);
      await row.getByText('Ada laporan warga').waitFor();
      await row.getByRole('button', { name: 'Setujui…' }).click();
      await row.getByRole('button', { name: 'Ya, kirim Rp400.000' }).click();
      await row.getByText('Lepaskan penahanannya dulu').waitFor();
      await row.getByRole('button', { name: 'Batal' }).click();
      await row.getByRole('button', { name: 'Lepaskan' }).click();
      await row.getByRole('button', { name: 'Ya, lepaskan' }).click();
      await until(async () => (await row.getByText('Ada laporan warga').count()) === 0);
    });

    it('or does not, with a word to the team; somebody else’s decision is told where it stands', async () => {
      const payout = await requested(300_000);
      const { page } = await staff('finance', { part: '/payouts' });
      await live(page);
      const row = await openRow(page, campaign.title);
      await row.getByRole('button', { name: 'Tolak…' }).click();
      await row.getByRole('button', { name: 'Ya, tolak' }).click();
      await row.getByText('Tulis catatannya.').waitFor();
      const other = outside.tokenOf(await cashier());
      await outside.post(`/api/v1/payouts/${payout.id}/reject`, { note: 'Ganti rekening' }, { token: other });
      await row.getByText('ditolak', { exact: true }).waitFor();
      await row.getByText('baru berubah').waitFor();
      await row.getByText('Ganti rekening').waitFor();
      expect(await row.getByRole('button', { name: 'Setujui…' }).count()).to.equal(0);
    });
  });

  it('counts what waits, tells what comes, and moves no row under the hand', async () => {
    await requested(210_000);
    const { page } = await staff('finance');
    await live(page);
    const door = page.locator('[data-door=payoutsRequested]');
    await until(async () => Number(await door.locator('.fin-door-count').textContent()) > 0);
    const before = Number(await door.locator('.fin-door-count').textContent());
    await door.click();
    await page.waitForURL('**/finance/payouts');
    await rowOf(page, campaign.title).waitFor();
    const first = campaign;
    const shown = await page.locator('.fin-row').count();
    const next = await liveCampaign(platform.house, { title: 'Perahu sekolah Pulau Sabira' });
    campaign = { ...next, slug: '', title: 'Perahu sekolah Pulau Sabira' };
    await requested(220_000);
    await page.getByRole('button', { name: '1 baru. Tampilkan' }).waitFor();
    expect(await page.locator('.fin-row').count()).to.equal(shown);
    await page
      .locator('.fin-rail a', { hasText: 'Pencairan' })
      .getByText(String(before + 1))
      .waitFor();
    await page.getByRole('button', { name: '1 baru. Tampilkan' }).click();
    await rowOf(page, campaign.title).waitFor();
    await rowOf(page, first.title).waitFor();
  });

  it('takes a settlement only where it agrees to the rupiah, and no correction by who entered it', async () => {
    const gifts = [
      await outside.paid(campaign.id, { gift: rupiah(125_000) }),
      await outside.paid(campaign.id, { gift: rupiah(75_000) }),
    ];
    const { page, errors } = await staff('finance', { part: '/settlements' });
    await live(page);
    await page.locator('.fin-day-open').first().click();
    for (const { reference } of gifts) await page.getByLabel(reference).check();
    await page.getByText('Dipilih: 2 pembayaran').waitFor();
    const number = `LAP-${randomUUID().slice(0, 8)}`;
    await page.getByLabel('Nomor laporan').fill(number);
    await page.getByLabel('Hari setoran').fill(new Date().toISOString().slice(0, 10));
    await page.getByLabel('Dibayarkan kepada kita').fill('190000');
    await page.getByLabel('Biaya gateway').fill('8000');
    const difference = page.locator('[data-difference]');
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/settlements')) sent += 1;
    });
    expect(await difference.textContent()).to.equal('−Rp2.000');
    const enter = page.getByRole('button', { name: 'Catat setoran' });
    await enter.click();
    expect(await countOf('sk.settlements where bank_reference = $1', number)).to.equal(0);
    await page.getByLabel('PPN atas biaya').fill('2000');
    expect(await difference.textContent()).to.equal('Rp0');
    await enter.dblclick();
    await page.getByText('Setoran Rp190.000 dari 2 pembayaran dicatat.').waitFor();
    expect(await countOf('sk.settlements where bank_reference = $1', number)).to.equal(1);
    expect(sent).to.equal(1);

    const row = await openRow(page, number);
    await row.getByRole('button', { name: 'Batalkan…' }).click();
    await row.getByLabel('Alasan').fill('Salah laporan');
    await row.getByRole('button', { name: 'Ya, batalkan' }).click();
    await row.getByText('Rekan lain di bagian keuangan yang harus memutuskan.').waitFor();
    await row.getByRole('button', { name: 'Batal', exact: true }).click();
    await row.getByRole('button', { name: 'Sudah sampai di bank…' }).click();
    await row.getByLabel('Nomor di rekening koran').fill('BCA 28/11 baris 3');
    await row.getByRole('button', { name: 'Catat masuk' }).click();
    await row.getByText('Rp190.000 dicatat masuk.').waitFor();
    await row.getByText('sudah di bank', { exact: true }).waitFor();
    expect(errors).to.deep.equal([]);
  });

  it('enters a gift that passed no gateway, which counts once a second person has seen the proof', async () => {
    const watcher = await watching();
    const eka = await staff('finance', { part: '/offline', name: 'Eka Putri' });
    await eka.page.getByRole('button', { name: 'Catat donasi luring' }).click();
    await eka.page.getByLabel('Kampanye').fill(campaign.title);
    await eka.page.locator('.fin-found').getByRole('button', { name: campaign.title }).click();
    await eka.page.getByLabel('Donasi', { exact: true }).fill('1500000');
    await eka.page.getByLabel('Diterima').fill('2026-11-20');
    await eka.page.getByLabel('Bukti').fill('Rekening koran BCA 20/11, baris 14');
    await eka.page.getByRole('button', { name: 'Catat, menunggu orang kedua' }).dblclick();
    await eka.page.getByText('Dihitung setelah orang kedua melihat buktinya.').waitFor();
    const own = await openRow(eka.page, campaign.title);
    await own.getByRole('button', { name: 'Buktinya benar…' }).click();
    await own.getByRole('button', { name: 'Ya, hitung Rp1.500.000' }).click();
    await own.getByText('Rekan lain di bagian keuangan yang harus memutuskan.').waitFor();
    expect(await watcher.total()).to.equal(0);

    const dewi = await staff('finance', { part: '/offline' });
    const row = await openRow(dewi.page, campaign.title);
    await row.getByRole('button', { name: 'Buktinya benar…' }).click();
    await row.getByRole('button', { name: 'Ya, hitung Rp1.500.000' }).dblclick();
    await row.getByText('Rp1.500.000 dihitung.').waitFor();
    await until(async () => (await watcher.total()) === 1_500_000);
    await own.getByText('dihitung', { exact: true }).waitFor();
    expect(await countOf('sk.offline_gifts where campaign_id = $1', campaign.id)).to.equal(1);
    expect([...eka.errors, ...dewi.errors, ...watcher.errors]).to.deep.equal([]);
  });

  it('books a chargeback that was won, and its fee once', async () => {
    const gift = await outside.paid(campaign.id, { gift: rupiah(300_000), method: 'card' });
    await outside.act(gift.reference, 'settle');
    await outside.act(gift.reference, 'chargeback');
    await until(async () => (await outside.seen(gift)).status === 'charged_back');
    const { page } = await staff('finance', { part: '/disputes' });
    const row = await openRow(page, campaign.title);
    for (const said of ['Biaya Rp25.000 dibukukan.', 'Biaya sengketa ini sudah dibukukan.']) {
      await row.getByRole('button', { name: 'Biaya sengketa…' }).click();
      await row.getByRole('textbox', { name: 'Biaya' }).fill('25000');
      await row.getByRole('button', { name: 'Bukukan biaya' }).click();
      await row.getByText(said).waitFor();
    }
    await row.getByRole('button', { name: 'Batal' }).click();
    await row.getByRole('button', { name: 'Dimenangkan…' }).click();
    await row.getByLabel('Catatan').fill('Surat bank 12/XI');
    await row.getByRole('button', { name: 'Ya, dimenangkan' }).click();
    await row.getByText('Dimenangkan: Rp300.000 dihitung lagi.').waitFor();
    await until(async () => (await outside.seen(gift)).status === 'paid');
  });

  it('shows money without a gift with its age, and the way to give it back', async () => {
    const gift = await outside.pledged(campaign.id);
    const caller = { address: '192.0.2.7', network: '192.0.2.7/32', device: null };
    await payAgain(platform.house, { donationId: gift.id, request: { method: 'gopay' }, caller });
    const second = await platform.house.db.payments.latestOf(gift.id);
    await outside.act(gift.reference, 'pay');
    await until(async () => (await outside.seen(gift)).status === 'paid');
    const { page, errors } = await staff('finance', { part: '/unmatched' });
    await live(page);
    await outside.act(second?.reference ?? '', 'pay');
    const row = rowOf(page.getByRole('region', { name: 'Dana tanpa tujuan' }), second?.reference ?? '');
    await row.waitFor();
    const notice = rowOf(page.getByRole('region', { name: 'Kabar dikarantina' }), second?.reference ?? '');
    await notice.waitFor();
    await row.locator('[data-row]').click();
    await row.getByRole('link', { name: 'Lihat dan kembalikan' }).click();
    const payment = page.locator('.fin-payment', { hasText: 'dibayar ganda' });
    await payment.getByLabel('Alasan', { exact: true }).fill('Dibayar dua kali');
    await payment.getByRole('button', { name: 'Kembalikan…' }).click();
    await payment.getByRole('button', { name: 'Ya, kembalikan Rp50.000' }).click();
    await payment.getByText('Rp50.000 sudah dikembalikan.').waitFor();
    expect((await outside.seen(gift)).status).to.equal('paid');
    expect(errors).to.deep.equal([]);
  });

  it('keeps what somebody did about a notice, with their name, and counts it no more', async () => {
    const gift = await outside.paid(campaign.id, { gift: rupiah(50_000) });
    const reference = `ASING${randomUUID().slice(0, 8).toUpperCase()}`;
    await platform.house.receive([
      {
        gateway: 'midtrans',
        kind: 'refund',
        dedupeKey: reference,
        rawBody: Buffer.from(gift.reference),
        word: { reference, refunds: [{ key: 'x', amountMinor: 1n, at: new Date() }] },
      },
    ]);
    const { page, errors } = await staff('finance', { part: '/unmatched' });
    const second = await staff('auditor', { part: '/unmatched', name: 'Oni Auditor' });
    await live(page);
    await live(second.page);
    const read = await openRow(second.page, reference);
    await read.getByText('menunggu', { exact: true }).waitFor();
    expect(await read.getByRole('button', { name: 'Sudah ditangani…' }).count()).to.equal(0);
    const row = await openRow(page, reference);
    await row.getByText('Tidak ada pembayaran dengan referensi ini.').waitFor();
    await row.getByRole('button', { name: 'Sudah ditangani…' }).click();
    await row.getByRole('button', { name: 'Ya, sudah ditangani' }).click();
    await row.getByText('Tulis apa yang sudah dilakukan.').waitFor();
    await row.getByLabel('Apa yang dilakukan').fill('Milik toko lain; Midtrans sudah diberi tahu.');
    await row.getByRole('button', { name: 'Ya, sudah ditangani' }).click();
    await row.getByText('kabar ini tidak menunggu siapa pun lagi').waitFor();
    await read.getByText('Milik toko lain; Midtrans sudah diberi tahu.').waitFor();
    await read.getByText('Dewi Anggraini').waitFor();
    await page.reload();
    await live(page);
    await page.getByRole('region', { name: 'Kabar dikarantina' }).waitFor();
    await until(async () => (await rowOf(page, reference).count()) === 0);
    expect([...errors, ...second.errors]).to.deep.equal([]);
  });

  it('works from the keyboard alone', async () => {
    const { reference } = await outside.paid(campaign.id, { gift: rupiah(40_000) });
    await settle(reference, 40_000);
    const { page } = await staff('finance', { part: '/settlements' });
    await page.locator('.fin-row').first().waitFor();
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('data-row') ?? document.activeElement?.id);
    const first = await page.locator('[data-row]').first().getAttribute('data-row');
    await page.keyboard.press('j');
    expect(await focused()).to.equal(first);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sudah sampai di bank…' }).press('Enter');
    await page.getByLabel('Nomor di rekening koran').press('j');
    expect(await page.getByLabel('Nomor di rekening koran').inputValue()).to.equal('j');
    await page.keyboard.press('Escape');
    await until(
      async () =>
        (await page.evaluate(() => document.activeElement?.textContent)) === 'Sudah sampai di bank…',
    );
    await page.keyboard.press('Escape');
    expect(await focused()).to.equal(first);
    expect(await page.locator('.fin-detail').count()).to.equal(0);
  });

  it('warns at once, on every part, when a check of the books finds a difference', async () => {
    const { page } = await staff('auditor');
    await page.getByText('Semua pemeriksaan buku cocok.').waitFor();
    await live(page);
    const detail = '2 broken';
    const { rows } = await admin.query(
      `insert into sk.job_runs (job, started_at, finished_at, ok, detail)
       values ('check-books', now() + interval '1 hour', now() + interval '1 hour', true, $1) returning id`,
      [detail],
    );
    const news = await acting(platform.house.db, 'system', 'test.broken', (tx) =>
      tx.feeds.append([
        { feed: FINANCE, type: 'books.broken', data: { check: 'journals-balance', rows: 3 } },
      ]),
    );
    platform.house.bus.publish(news);
    const alarm = page.getByRole('alert');
    await alarm.getByText('2 pemeriksaan buku menemukan selisih.').waitFor();
    await alarm.getByText('journals-balance: 3 baris').waitFor();
    await page.locator('.fin-rail a', { hasText: 'Pencairan' }).click();
    await alarm.getByText('Pembukuan tidak cocok').waitFor();
    await admin.query('delete from sk.job_runs where id = $1', [rows[0].id]);
  });

  it('hands out the ledger as a file', async () => {
    await outside.paid(campaign.id);
    const { page } = await staff('auditor');
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Unduh CSV' }).click();
    const file = await downloading;
    expect(file.suggestedFilename()).to.equal('sangkuriang-ledger.csv');
    const text = await readFile(await file.path(), 'utf8');
    expect(text.split('\n')[0]).to.contain('journal');
    expect(text).to.contain(`campaign_payable:${campaign.id}`);
  });

  it('lets an auditor see all of it and change nothing', async function () {
    this.timeout(60_000);
    const { reference } = await busy();
    const { page, errors } = await staff('auditor', { part: '/payouts', name: 'Agus Audit' });
    const reads =
      /^(menunggu|\S+ \S+ lalu|Cari$|Unduh CSV$|Pintasan|\d+ pembayaran|Muat lebih|\d+ baru)|lalu, /;
    for (const part of [...PARTS, `/refunds?find=${reference}`]) {
      await page.goto(`${platform.url}/finance${part}`, { waitUntil: 'networkidle' });
      await page.getByText('Anda membaca sebagai auditor').waitFor();
      for (const row of await page.locator('.fin-row').all()) await row.locator('[data-row]').click();
      const names = await page
        .locator('main button')
        .evaluateAll((buttons) =>
          buttons.map((button) => button.getAttribute('aria-label') ?? button.textContent ?? ''),
        );
      expect(
        names.filter((name) => !reads.test(name)),
        part,
      ).to.deep.equal([]);
      expect(await page.locator('main :is(textarea, [type=checkbox], [type=radio])').count(), part).to.equal(
        0,
      );
    }
    expect(errors).to.deep.equal([]);
  });

  it('is closed to everybody else', async () => {
    const { page } = await staff(null);
    await page.getByRole('heading', { name: 'Halaman ini untuk bagian keuangan.' }).waitFor();
    expect(await page.locator('.fin').count()).to.equal(0);
  });

  for (const on of [PHONE, DESK]) {
    const where = on === PHONE ? 'on a phone' : 'on a desk';
    it(`holds nothing that axe finds wrong and nothing that scrolls sideways, ${where}`, async function () {
      this.timeout(180_000);
      const { reference } = await busy();
      const { page } = await staff('finance', { on });
      for (const part of [...PARTS, `/refunds?find=${reference}`]) {
        await page.goto(`${platform.url}/finance${part}`, { waitUntil: 'networkidle' });
        const rows = page.locator('.fin-row [data-row]');
        if ((await rows.count()) > 0) await rows.first().click();
        const deed = page.locator('[data-deed]');
        if ((await deed.count()) > 0) await deed.last().click();
        await page.waitForLoadState('networkidle');
        expect(await faultsByDayAndNight(page), part).to.deep.equal([]);
        expect(await overhang(page), part).to.be.at.most(0);
      }
    });
  }
});
