import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { rupiah } from '../../server/protocol/money.ts';
import type { PayoutPage, PayoutView } from '../../server/protocol/payouts.ts';
import { liveCampaign, person } from '../support/house.ts';
import { until } from '../support/until.ts';
import { faultsOf, openPages, overhang, signIn, type TestPages } from './house.ts';

const HOLDER = 'YAYASAN LASORI';
const DAY_MS = 86_400_000;

describe('the pages of money', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let cashier: string;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let slug: string;

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
    cashier = outside.tokenOf(await person(platform.house.db, 'Dewi', 'finance'));
  });
  after(() => pages.close());
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    slug = await pages.slugOf(campaign.id);
  });
  afterEach(() => pages.clear());

  const somebody = () => pages.somebody({ bypassCSP: true });
  /** Somebody with an account, signed in through the page; their campaign role is given beside it. */
  async function signedIn(role: 'owner' | 'viewer' | null) {
    const { email, userId } = await pages.account();
    if (role) await pages.join(campaign.id, userId, role);
    const { page, errors } = await somebody();
    await signIn(page, platform.url, { email });
    return { page, errors, token: outside.tokenOf({ userId }) };
  }
  const path = (rest: string) => `/api/v1/campaigns/${campaign.id}${rest}`;
  const once = (token: string) => ({ token, headers: { 'idempotency-key': randomUUID() } });
  async function taken<T>(asked: Promise<{ status: number; body: T }>, status: number): Promise<T> {
    const answer = await asked;
    expect(answer.status, JSON.stringify(answer.body)).to.equal(status);
    return answer.body;
  }
  async function settle(reference: string, gross: number, fee = 0): Promise<void> {
    const settlement = {
      gateway: 'midtrans',
      bankReference: randomUUID(),
      settledOn: new Date(Date.now() - DAY_MS).toISOString().slice(0, 10),
      fee: rupiah(fee),
      vat: rupiah(0),
      references: [reference],
      amount: rupiah(gross - fee),
    };
    await taken(outside.post('/api/v1/settlements', settlement, once(cashier)), 201);
  }
  /** A gift that has come to the gateway's balance. */
  async function settled(amount: number, fee = 0) {
    const gift = await outside.paid(campaign.id, { gift: rupiah(amount) });
    await settle(gift.reference, amount, fee);
    return gift;
  }
  const giveBack = (donationId: string, amount: number) =>
    taken(
      outside.post(
        `/api/v1/donations/${donationId}/refunds`,
        { gift: rupiah(amount), reason: 'Salah jumlah' },
        once(cashier),
      ),
      201,
    );
  let numbers = 0;
  async function bankAccount(token: string, number = String(1_000_000_001 + 2 * numbers++)) {
    await outside.control('/accounts', { bank: 'bca', number, holder: HOLDER });
    const asked = outside.post<{ bankAccount: { id: string } }>(
      path('/bank-accounts'),
      { bank: 'bca', number, holder: HOLDER },
      once(token),
    );
    return (await taken(asked, 201)).bankAccount;
  }
  const payoutsOf = async (token: string): Promise<PayoutView[]> =>
    (await outside.get<PayoutPage>(path('/payouts'), { token })).body.items;
  const approve = (payout: { id: string }) =>
    taken(outside.post(`/api/v1/payouts/${payout.id}/approve`, {}, { token: cashier }), 200);
  /** What the simulated bank does with the payout of this amount. */
  async function bank(amount: number, action: 'complete' | 'fail'): Promise<void> {
    const orderId = (await outside.orders('&gateway=iris')).find((one) => one.amount === amount)?.order_id;
    await outside.control('/pay', { gateway: 'iris', orderId, action });
  }
  /** A payout that has arrived, past the pages. */
  async function paidOut(token: string, amount: number): Promise<PayoutView> {
    const { id } = await bankAccount(token);
    const asked = { amount: rupiah(amount), bankAccountId: id };
    const { payout } = await taken(
      outside.post<{ payout: PayoutView }>(path('/payouts'), asked, once(token)),
      201,
    );
    await approve(payout);
    await bank(amount, 'complete');
    await until(async () => (await payoutsOf(token))[0]?.status === 'confirmed');
    return payout;
  }

  it('let a team add its account, ask for money, and watch it arrive without a reload', async () => {
    await settled(3_000_000);
    const { page, errors, token } = await signedIn('owner');
    await page.goto(`${platform.url}/studio/${campaign.id}/money`);
    await page.locator('.money-available', { hasText: 'Rp3.000.000' }).waitFor();
    await page.getByText('Tambahkan dulu rekening bank kampanye di bawah.').waitFor();

    const number = '7001234567';
    await outside.control('/accounts', { bank: 'bca', number, holder: HOLDER });
    await page.getByRole('button', { name: 'Tambah rekening' }).click();
    await page.getByRole('button', { name: 'Simpan rekening' }).click();
    await page.getByText('Isi nomor rekening, 6 sampai 20 angka.').waitFor();
    await page.getByRole('combobox', { name: 'Bank' }).selectOption({ label: 'Bank Central Asia' });
    await page.getByLabel('Nomor rekening').fill('700-1234-567');
    await page.getByLabel('Nama pemilik rekening').fill('Ayu Lestari');
    await page.getByRole('button', { name: 'Simpan rekening' }).click();
    await page.getByText('Bank mencatat rekening ini atas nama lain.').waitFor();
    await page.getByLabel('Nama pemilik rekening').fill('Yayasan Lasori');
    await page.getByRole('button', { name: 'Simpan rekening' }).click();
    await page.getByText('Rekening tersimpan.').waitFor();

    await page.getByLabel('Jumlah').fill('2500000');
    await page.getByRole('button', { name: 'Minta Rp2.500.000' }).click();
    await page.getByText('Pencairan Rp2.500.000 sedang berjalan.').waitFor();
    await page.locator('.payouts .tag', { hasText: 'Sedang diperiksa' }).waitFor();
    expect(await page.locator('.step-lit').count()).to.equal(1);
    const [payout] = await payoutsOf(token);
    if (!payout) throw new Error('no payout');
    await approve(payout);
    await page.locator('.payouts .tag', { hasText: 'Sedang dikirim bank' }).waitFor();
    await bank(2_500_000, 'complete');
    await page.locator('.payouts .tag', { hasText: 'Sampai di rekening' }).waitFor();
    await page.getByText('Pencairan Rp2.500.000: sampai di rekening.').waitFor({ state: 'attached' });
    await page.locator('.money-available', { hasText: 'Rp500.000' }).waitFor();

    // The way to the next payout leads over a word about the last one.
    await page.getByLabel('Jumlah').fill('200000');
    await page.getByRole('button', { name: 'Minta Rp200.000' }).click();
    await page.getByText('Ceritakan dulu bagaimana dana terakhir dipakai.').waitFor();
    await page.getByRole('link', { name: 'Tulis kabar', exact: true }).click();
    expect(
      await page.getByRole('checkbox', { name: /bagaimana dana terakhir dipakai/ }).isChecked(),
    ).to.equal(true);
    await page.getByLabel('Judul').fill('Semen sudah dibeli');
    await page.getByLabel('Isi kabar').fill('Dua ratus sak, dan pasirnya.');
    await page.getByRole('button', { name: 'Terbitkan kabar' }).click();
    await page.getByText('Kabar sudah terbit.').waitFor();
    await page.getByRole('link', { name: 'Dana', exact: true }).click();
    await page.getByLabel('Jumlah').fill('200000');
    await page.getByRole('button', { name: 'Minta Rp200.000' }).click();
    await page.getByText('Pencairan Rp200.000 sedang berjalan.').waitFor();

    const reader = await somebody();
    await reader.page.goto(`${platform.url}/c/${slug}`);
    await reader.page
      .locator('.update', { hasText: 'Semen sudah dibeli' })
      .getByText('Bukti pemakaian dana')
      .waitFor();
    expect([...errors, ...reader.errors]).to.deep.equal([]);
  });

  it('say in words how much there is when more is asked for, whoever took it meanwhile', async () => {
    const gift = await settled(1_000_000);
    const { page, errors, token } = await signedIn('owner');
    await bankAccount(token);
    await page.goto(`${platform.url}/studio/${campaign.id}/money`);
    await page.getByText('langsung', { exact: true }).waitFor();
    await page.getByLabel('Jumlah').fill('2000000');
    await page.getByRole('button', { name: 'Minta Rp2.000.000' }).click();
    await page.getByText('Yang bisa dicairkan sekarang Rp1.000.000.').waitFor();
    await until(() => page.getByLabel('Jumlah').evaluate((input) => input === document.activeElement), {
      what: 'the focus, which follows a frame after the words',
    });
    // The page learns of the refund as late as it may: by the refusal.
    await page.route('**/balances', (route) => route.abort());
    await giveBack(gift.id, 400_000);
    // Its words about that push the form down; a click on the way would be lost.
    await page.getByRole('alert').getByText('Jaringan terputus.').waitFor();
    await page.unroute('**/balances');
    await page.getByLabel('Jumlah').fill('900000');
    const refused = page.waitForResponse(
      (answer) => answer.url().endsWith('/payouts') && answer.status() === 422,
    );
    await page.getByRole('button', { name: 'Minta Rp900.000' }).click();
    await refused;
    await page.getByText('Yang bisa dicairkan sekarang Rp600.000.').waitFor();
    expect(await payoutsOf(token)).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
  });

  it('tell of a hold how much and until when, and nothing of why', async () => {
    await settled(1_000_000);
    const { page, token } = await signedIn('owner');
    await bankAccount(token);
    await page.goto(`${platform.url}/studio/${campaign.id}/money`);
    await page.locator('.money-available', { hasText: 'Rp1.000.000' }).waitFor();
    const reason = 'Diduga pemalsuan kuitansi';
    const { hold } = await taken(
      outside.post<{ hold: { id: string } }>(
        path('/holds'),
        { amount: rupiah(400_000), reason },
        once(cashier),
      ),
      201,
    );
    await page.getByText('Rp400.000 sedang ditahan sementara.').waitFor();
    await page.locator('.money-available', { hasText: 'Rp600.000' }).waitFor();
    expect(await page.content()).not.to.contain('pemalsuan');
    expect(await faultsOf(page)).to.deep.equal([]);
    await taken(outside.post(`/api/v1/holds/${hold.id}/release`, {}, { token: cashier }), 200);
    await page.locator('.money-available', { hasText: 'Rp1.000.000' }).waitFor();
    expect(await page.getByText('sedang ditahan sementara').count()).to.equal(0);
  });

  it('let a total fall quietly, and a donor read where the money went, on pages that stand open', async () => {
    const kept = await outside.paid(campaign.id, { gift: rupiah(100_000), donor: { name: 'Wulan' } });
    const gift = await outside.paid(campaign.id, { gift: rupiah(250_000), donor: { name: 'Sari' } });
    const watcher = await somebody();
    await watcher.page.goto(`${platform.url}/c/${slug}`);
    await watcher.page.getByText('langsung', { exact: true }).waitFor();
    await watcher.page.locator('.hero-total', { hasText: 'Rp350.000' }).waitFor();
    await watcher.page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const glow = document.querySelector('.glow-label')?.textContent;
        const said = document.querySelector('.campaign > [aria-live]')?.textContent;
        if (glow) seen.push(glow);
        if (said) seen.push(said);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    const donor = await somebody();
    await donor.page.goto(`${platform.url}/d/${gift.id}#${gift.claimToken}`);
    await donor.page.getByRole('heading', { name: 'Terima kasih, Sari.' }).waitFor();

    await giveBack(gift.id, 50_000);
    await watcher.page.locator('.hero-total', { hasText: 'Rp300.000' }).waitFor();
    await watcher.page.locator('.wall-row', { hasText: 'Sari' }).getByText('Rp200.000').waitFor();
    await donor.page.getByText('Rp50.000 dari donasi ini sudah dikembalikan kepada Anda.').waitFor();
    expect(await faultsOf(donor.page)).to.deep.equal([]);

    await giveBack(gift.id, 200_000);
    await watcher.page.locator('.hero-total', { hasText: 'Rp100.000' }).waitFor();
    await until(async () => (await watcher.page.locator('.wall-row').count()) === 1);
    await watcher.page.locator('.wall-row', { hasText: 'Wulan' }).waitFor();
    await donor.page.getByRole('heading', { name: 'Donasi Anda sudah dikembalikan.' }).waitFor();
    await donor.page
      .locator('.receipt', { hasText: 'Tetap diberikan' })
      .getByText('Rp0', { exact: true })
      .waitFor();
    expect(await faultsOf(donor.page)).to.deep.equal([]);
    expect(await watcher.page.evaluate(() => (window as unknown as { seen: string[] }).seen)).to.deep.equal(
      [],
    );

    // Joy is for gifts, and comes back with the next one.
    await outside.paid(campaign.id, { gift: rupiah(70_000), donor: { name: 'Putu' } });
    await watcher.page.locator('.glow-label', { hasText: 'Putu' }).waitFor();
    expect((await outside.seen(kept)).status).to.equal('paid');
    expect([...watcher.errors, ...donor.errors]).to.deep.equal([]);
  });

  it('show a gift that a bank took back and gave back again at its place, without joy', async () => {
    await outside.paid(campaign.id, { gift: rupiah(30_000), donor: { name: 'Wulan' } });
    const gift = await outside.paid(campaign.id, { gift: rupiah(250_000), donor: { name: 'Sari' } });
    await outside.paid(campaign.id, { gift: rupiah(20_000), donor: { name: 'Made' } });
    const { page, errors } = await somebody();
    await page.goto(`${platform.url}/c/${slug}`);
    await page.getByText('langsung', { exact: true }).waitFor();
    const team = await signedIn('owner');
    await team.page.goto(`${platform.url}/studio/${campaign.id}/live`);
    await team.page.locator('.cell-who', { hasText: 'Sari' }).waitFor();
    const donor = await somebody();
    await donor.page.goto(`${platform.url}/d/${gift.id}#${gift.claimToken}`);
    await platform.house.receive([
      {
        gateway: 'midtrans',
        kind: 'dispute',
        dedupeKey: `test|${gift.reference}`,
        rawBody: Buffer.from('{}'),
        word: { reference: gift.reference, key: 'chargeback', amountMinor: 250_000n, at: new Date() },
      },
    ]);
    await page.locator('.hero-total', { hasText: 'Rp50.000' }).waitFor();
    await donor.page.getByRole('heading', { name: 'Bank menarik kembali pembayaran ini.' }).waitFor();
    await until(async () => (await team.page.locator('.cell-who').count()) === 2);
    const { items } = await taken(
      outside.get<{ items: { id: string; donationId: string }[] }>('/api/v1/finance/disputes', {
        token: cashier,
      }),
      200,
    );
    const dispute = items.find(({ donationId }) => donationId === gift.id);
    await taken(
      outside.post(`/api/v1/disputes/${dispute?.id}/won`, { note: 'Bank membenarkan' }, { token: cashier }),
      200,
    );
    await page.locator('.hero-total', { hasText: 'Rp300.000' }).waitFor();
    await donor.page.getByRole('heading', { name: 'Terima kasih, Sari.' }).waitFor();
    await until(async () => {
      const names = await page.locator('.wall-name').allTextContents();
      const rows = await team.page.locator('.cell-who').allTextContents();
      return [names, rows].every((all) => all.join() === 'Made,Sari,Wulan');
    });
    expect(await page.locator('.glow-label').count()).to.equal(0);
    expect([...errors, ...team.errors, ...donor.errors]).to.deep.equal([]);
  });

  it('tell a donor of every gift that went back, among the others and on its own page', async () => {
    const { page, errors, token } = await signedIn(null);
    const partly = await outside.paid(campaign.id, { gift: rupiah(90_000) }, { token });
    const wholly = await outside.paid(campaign.id, { gift: rupiah(60_000) }, { token });
    await outside.misbehave('deny-after-settlement', { ms: 1 });
    const denied = await outside.pledged(
      campaign.id,
      { gift: rupiah(40_000), method: 'va_permata' },
      { token },
    );
    await outside.act(denied.reference, 'pay');
    await page.goto(`${platform.url}/me`);
    const row = (amount: string) => page.locator('.gifts li', { hasText: amount });
    await row('Rp40.000').getByText('Dibatalkan bank').waitFor();
    await giveBack(partly.id, 20_000);
    await row('Rp90.000').getByText('Rp20.000 dikembalikan').waitFor();
    await giveBack(wholly.id, 60_000);
    await row('Rp60.000').getByText('Dikembalikan', { exact: true }).waitFor();
    expect(await faultsOf(page)).to.deep.equal([]);
    await row('Rp40.000')
      .getByRole('link', { name: /Lihat rincian/ })
      .click();
    await page.getByRole('heading', { name: 'Pembayarannya dibatalkan bank.' }).waitFor();
    await page.getByText('Anda tidak perlu melakukan apa pun.').waitFor();
    const again = page.getByRole('link', { name: 'Beri lagi' });
    expect(await again.getAttribute('href')).to.equal(`/c/${slug}/give?amount=40000`);
    expect(await faultsOf(page)).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
  });

  it('say that money which did not arrive is safe, and how to go on', async () => {
    await settled(1_000_000);
    const { page, errors, token } = await signedIn('owner');
    const { id } = await bankAccount(token);
    await page.goto(`${platform.url}/studio/${campaign.id}/money`);
    await page.getByRole('button', { name: 'Semuanya, Rp1.000.000' }).click();
    await page.getByRole('button', { name: 'Minta Rp1.000.000' }).click();
    await page.locator('.money-available', { hasText: /^Rp0$/ }).waitFor();
    const [payout] = await payoutsOf(token);
    if (!payout) throw new Error('no payout');
    await approve(payout);
    await bank(1_000_000, 'fail');
    await page.locator('.payouts .tag', { hasText: 'Tidak sampai' }).waitFor();
    await page.getByText('Beneficiary account is closed').waitFor();
    await page.locator('.money-available', { hasText: 'Rp1.000.000' }).waitFor();
    await page.getByRole('button', { name: /^Hapus rekening BCA/ }).click();
    await page.getByRole('button', { name: 'Ya, hapus' }).click();
    await page.getByText('Tambahkan dulu rekening bank kampanye di bawah.').waitFor();
    const { items } = (
      await outside.get<{ items: { id: string; retired: boolean }[] }>(path('/bank-accounts'), { token })
    ).body;
    expect(items.map((one) => [one.id, one.retired])).to.deep.equal([[id, true]]);
    // The next one is under the hold of some days, and the form says so before it is sent.
    await page.getByRole('button', { name: 'Tambah rekening' }).click();
    await page.getByText('Rekening ini bisa dipakai 3 hari setelah disimpan.').waitFor();
    expect(errors).to.deep.equal([]);
  });

  it('show everyone what became of the money, and the team its file', async () => {
    const gift = await settled(2_000_000, 14_000);
    const { page, errors, token } = await signedIn('owner');
    await paidOut(token, 1_300_000);
    const reader = await somebody();
    await reader.page.goto(`${platform.url}/c/${slug}`);
    await reader.page.getByRole('link', { name: 'Lihat laporan keuangan' }).click();
    await reader.page.waitForURL(`**/c/${slug}/ledger`);
    await reader.page.getByText('langsung', { exact: true }).waitFor();
    await reader.page.locator('.moves-what', { hasText: 'Dikirim ke penerima' }).waitFor();
    await reader.page.locator('.moves-what', { hasText: 'biaya Rp14.000' }).waitFor();
    await giveBack(gift.id, 100_000);
    await reader.page.locator('.money-label', { hasText: 'Kembali ke donatur' }).waitFor();
    await reader.page.getByRole('button', { name: 'Tampilkan' }).click();
    const rows = reader.page.locator('.moves tbody tr');
    expect(await rows.locator('strong').allTextContents()).to.deep.equal([
      '−Rp100.000',
      '−Rp1.300.000',
      'Rp2.000.000',
    ]);
    expect(await reader.page.getByRole('button', { name: /CSV/ }).count()).to.equal(0);

    // What the server wrote into the page says the same, to those who run no script too.
    const html = await (await fetch(`${platform.url}/c/${slug}/ledger`)).text();
    expect(html).to.contain('<title>Laporan keuangan: ').and.to.contain('kembali ke donatur Rp100.000');
    await page.goto(`${platform.url}/c/${slug}/ledger`);
    const file = page.waitForEvent('download');
    await page.getByRole('button', { name: /CSV/ }).click();
    expect((await file).suggestedFilename()).to.equal(`${slug}.csv`);
    expect([...errors, ...reader.errors]).to.deep.equal([]);
  });

  it('hold nothing that axe finds wrong and scroll only downwards, by day and by night', async function () {
    this.timeout(120_000);
    const gift = await settled(2_000_000, 14_000);
    await outside.paid(campaign.id, { gift: rupiah(500_000) });
    const owner = await signedIn('owner');
    await paidOut(owner.token, 800_000);
    await giveBack(gift.id, 100_000);
    const viewer = await signedIn('viewer');
    await viewer.page.goto(`${platform.url}/studio/${campaign.id}/money`);
    await viewer.page.getByText('Hanya pemilik kampanye yang bisa meminta pencairan').waitFor();
    expect(await viewer.page.getByRole('heading', { name: 'Rekening bank' }).count()).to.equal(0);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [place, sight] of [
        [`/studio/${campaign.id}/money`, '.payouts'],
        [`/studio/${campaign.id}/updates`, '.update-writer'],
        [`/c/${slug}/ledger`, '.moves'],
      ] as const) {
        await owner.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await owner.page.goto(`${platform.url}${place}`);
        await owner.page.locator(sight).waitFor();
        if (place.endsWith('money'))
          await owner.page.getByRole('button', { name: 'Tambah rekening' }).click();
        expect(await faultsOf(owner.page), `${place} ${colorScheme}`).to.deep.equal([]);
        expect(await overhang(owner.page), place).to.be.at.most(0);
      }
    }
    expect(owner.errors).to.deep.equal([]);
  });
});
