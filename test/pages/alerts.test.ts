import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { BrowserContextOptions } from 'playwright-core';
import { reviewMessage } from '../../server/domain/donations/words.ts';
import { type FeedPage, type OverlayEvents, overlayFeed } from '../../server/protocol/feeds.ts';
import type { OverlayMade } from '../../server/protocol/overlays.ts';
import { liveCampaign, person } from '../support/house.ts';
import { until } from '../support/until.ts';
import { faultsByDayAndNight, lineOf, openPages, overhang, signIn, type TestPages } from './house.ts';

describe('the studio’s alert stream', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let path: string;
  let token: string;

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
  });
  after(() => pages.close());
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house, { goal: 1_000_000 });
    path = `/studio/${campaign.id}/alerts`;
    token = outside.tokenOf({ userId: campaign.owner.userId });
  });
  afterEach(() => pages.clear());

  /** Somebody of the team before the open page, with what the page has sounded. */
  async function watching(more: BrowserContextOptions = {}) {
    const { email, userId } = await pages.account({ name: 'Ayu' });
    await pages.join(campaign.id, userId, 'editor');
    const { page, errors } = await pages.somebody({ bypassCSP: true, ...more });
    await page.addInitScript(() => {
      const seen = window as unknown as { notes: number; shifted: number; told: string[] };
      seen.notes = 0;
      seen.told = [];
      new MutationObserver(() => {
        const words = document.querySelector('.stage-alert .stage-what')?.textContent;
        if (words && words !== seen.told.at(-1)) seen.told.push(words);
      }).observe(document, { subtree: true, childList: true, characterData: true });
      seen.shifted = 0;
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...given) {
        seen.notes += 1;
        start.apply(this, given);
      };
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.shifted += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift' });
    });
    const line = await lineOf(page);
    await signIn(page, platform.url, { email });
    await page.goto(`${platform.url}${path}`);
    await page.getByText('Menunggu donasi berikutnya.').waitFor();
    await page.getByText('Belum ada donasi.').waitFor();
    return {
      page,
      errors,
      ...line,
      notes: () => page.evaluate(() => (window as unknown as { notes: number }).notes),
      shifted: () => page.evaluate(() => (window as unknown as { shifted: number }).shifted),
      /** Everything that has had the stage, in order. */
      told: () => page.evaluate(() => (window as unknown as { told: string[] }).told),
      rows: () => page.locator('.stream-row').allInnerTexts(),
      stage: () => page.locator('.stage-alert').innerText(),
      sum: () => page.locator('.stage-sum').innerText(),
    };
  }

  const give = (amount: number, more: Record<string, unknown> = {}) =>
    outside.paid(campaign.id, { gift: { amount, currency: 'IDR' }, ...more });

  it('tells each gift large and with a sound, one after another, and keeps it in the list', async () => {
    const team = await watching();
    await team.page.getByText('Suara mati.').waitFor();
    await give(20_000, { donor: { name: 'Tanpa Suara' } });
    await until(async () => (await team.stage()).includes('Tanpa Suara memberi Rp20.000'), {
      what: 'the gift',
    });
    expect(await team.notes()).to.equal(0);
    await team.page.getByRole('button', { name: 'Suara' }).click();
    await team.page.getByText('Suara menyala.').waitFor();
    await team.page.getByRole('button', { name: 'Lewati' }).click();

    await Promise.all([
      give(30_000, { donor: { name: 'Budi' }, message: 'Semangat' }),
      give(40_000, { donor: { name: 'Citra' } }),
    ]);
    await until(async () => (await team.told()).length === 3, { timeoutMs: 30_000, what: 'both to be told' });
    expect((await team.told()).slice(1).sort()).to.deep.equal([
      'Budi memberi Rp30.000',
      'Citra memberi Rp40.000',
    ]);
    // An alert stands on the stage a moment before it sounds.
    await until(async () => (await team.notes()) === 4, { what: 'two notes for each of them' });
    const rows = await team.rows();
    expect(rows).to.have.length(3);
    expect(rows.join()).to.include('Semangat');
    await until(async () => (await team.sum()).includes('Rp90.000'), { what: 'the sum, which counts up' });
    expect(await team.shifted()).to.be.lessThan(0.05);
    expect(team.errors).to.deep.equal([]);
  }).timeout(60_000);

  it('remembers that it should sound, and says that a browser wants a touch first', async () => {
    const team = await watching();
    await team.page.getByRole('button', { name: 'Suara' }).click();
    await team.page.getByText('Suara menyala.').waitFor();
    await team.page.reload();
    await team.page.getByText('Ketuk di mana saja.').waitFor();
    await team.page.getByRole('heading', { level: 1 }).click();
    await team.page.getByText('Suara menyala.').waitFor();
    await give(20_000);
    await until(async () => (await team.notes()) === 2, { what: 'the two notes' });
    await team.page.getByRole('button', { name: 'Suara' }).click();
    await team.page.getByText('Suara mati.').waitFor();
    await give(30_000);
    await team.page.locator('.stage').getByText('Hamba Allah memberi Rp30.000').waitFor();
    // Once it has left the stage it would have sounded.
    await team.page.getByRole('button', { name: 'Lewati' }).click();
    await team.page.getByText('Menunggu donasi berikutnya.').waitFor();
    expect(await team.notes()).to.equal(2);
  });

  it('marks a message that waits, and shows it once a moderator lets it through', async () => {
    const team = await watching();
    const gift = await give(25_000, { donor: { name: 'Dewi' }, message: 'lihat www.contoh.example ya' });
    await until(async () => (await team.rows()).join().includes('pesan menunggu moderator'), {
      what: 'the mark',
    });
    await until(async () => (await team.stage()).includes('pesan menunggu moderator'), { what: 'the stage' });
    expect((await team.rows()).join()).not.to.include('contoh.example');
    await reviewMessage(platform.house, {
      donationId: gift.id,
      moderatorId: campaign.moderator.userId,
      request: { decision: 'show' },
    });
    await until(async () => (await team.rows()).join().includes('lihat www.contoh.example ya'), {
      what: 'the words',
    });
    const [row] = await team.rows();
    expect(row).to.include('pesan disetujui').and.not.to.include('menunggu');
  });

  it('loses nothing and repeats nothing over a lost connection, and says what came meanwhile', async () => {
    const team = await watching();
    await give(20_000, { donor: { name: 'Sebelum' } });
    await until(async () => (await team.rows()).length === 1, { what: 'the first' });
    await team.cut();
    await team.page
      .getByText(/menyambung kembali|terputus/)
      .first()
      .waitFor();
    await give(30_000, { donor: { name: 'Selagi' } });
    team.mend();
    await until(async () => (await team.rows()).length === 2, { timeoutMs: 60_000, what: 'the second' });
    await give(40_000, { donor: { name: 'Sesudah' } });
    await until(async () => (await team.rows()).length === 3, { what: 'the third' });
    const rows = await team.rows();
    expect(rows.map((row) => /Sebelum|Selagi|Sesudah/.exec(row)?.[0])).to.deep.equal([
      'Sesudah',
      'Selagi',
      'Sebelum',
    ]);
    expect(rows.map((row) => row.includes('saat terputus'))).to.deep.equal([false, true, false]);
    await until(async () => (await team.sum()).includes('Rp90.000'), { what: 'the sum' });
    expect(team.errors).to.deep.equal([]);
  }).timeout(120_000);

  it('holds the stage while it is paused, and then goes on with all that came', async () => {
    const team = await watching();
    await team.page.getByRole('button', { name: 'Jeda' }).click();
    await team.page.getByText('Dijeda.').waitFor();
    await give(20_000, { donor: { name: 'Satu' } });
    await give(30_000, { donor: { name: 'Dua' } });
    await team.page.getByText('2 menunggu giliran').waitFor();
    expect(await team.rows()).to.have.length(2);
    expect(await team.page.locator('.stage-alert').count()).to.equal(0);
    await team.page.getByRole('button', { name: 'Lanjutkan' }).click();
    await team.page.getByText('Satu memberi Rp20.000', { exact: true }).waitFor();
    await team.page.getByText('Dua memberi Rp30.000', { exact: true }).waitFor();
  });

  it('thanks for each quarter of the goal once, also after a refund has taken it back', async () => {
    const team = await watching();
    const finance = await person(platform.house.db, 'Finance', 'finance');
    const first = await give(300_000, { donor: { name: 'Eka' } });
    await team.page.locator('.stage').getByText('25% tercapai. Terima kasih!').waitFor();
    await team.page.locator('.stage').getByText('Eka memberi Rp300.000').waitFor();
    const refunded = await outside.post<object>(
      `/api/v1/donations/${first.id}/refunds`,
      { gift: { amount: 200_000, currency: 'IDR' }, reason: 'Salah jumlah' },
      {
        token: outside.tokenOf({ userId: finance.userId, roles: ['finance'] }),
        headers: { 'idempotency-key': randomUUID() },
      },
    );
    expect(refunded.status).to.equal(201);
    await until(async () => (await team.sum()).includes('Rp100.000'), { what: 'the lower sum' });
    expect((await team.rows()).join()).to.include('Rp100.000');
    await give(200_000);
    await until(async () => (await team.sum()).includes('Rp300.000'), { what: 'the sum again' });
    await team.page.getByText('Hamba Allah memberi Rp200.000', { exact: true }).waitFor();
    await team.page.getByText('Menunggu donasi berikutnya.').waitFor();
    expect(await team.told()).to.deep.equal([
      '25% tercapai. Terima kasih!',
      'Eka memberi Rp300.000',
      'Hamba Allah memberi Rp200.000',
    ]);
  }).timeout(60_000);

  it('is tried out alone, or together with the overlay where there is one', async () => {
    const team = await watching();
    await team.page.getByRole('button', { name: 'Coba satu alert' }).click();
    await team.page.getByText('Sari (uji coba) memberi Rp50.000', { exact: true }).waitFor();
    await team.page.getByText('overlay OBS belum dibuat').waitFor();
    const { body } = await outside.post<OverlayMade>(
      `/api/v1/campaigns/${campaign.id}/overlay`,
      {},
      { token, headers: { 'idempotency-key': randomUUID() } },
    );
    await team.page.getByRole('button', { name: 'Coba satu alert' }).click();
    await team.page.getByText('dikirim ke overlay OBS').waitFor();
    const { body: feed } = await outside.get<FeedPage>(
      `/api/v1/feeds/${overlayFeed(body.overlay.id)}/events?since=0`,
      { headers: { 'x-claim-token': body.secret } },
    );
    const test: keyof OverlayEvents = 'alert.test';
    expect(feed.events.map(({ type }) => type)).to.include(test);
    // Nothing that was made up joins what was given.
    expect(await team.rows()).to.deep.equal([]);
    expect(await team.sum()).to.match(/^Rp0 /);
  });

  it('is open to the team alone', async () => {
    const team = await watching();
    const other = await liveCampaign(platform.house);
    await team.page.goto(`${platform.url}/studio/${other.id}/alerts`);
    await team.page.getByText('Siaran hanya terbuka bagi tim kampanye ini.').waitFor();
  });

  it('holds nothing that axe finds wrong, by day and by night', async () => {
    const team = await watching({ reducedMotion: 'reduce' });
    await give(30_000, { donor: { name: 'Budi' }, message: 'lihat www.contoh.example ya' });
    await team.page.getByText('Budi memberi Rp30.000', { exact: true }).waitFor();
    expect(await faultsByDayAndNight(team.page)).to.deep.equal([]);
    await team.page.setViewportSize({ width: 360, height: 800 });
    expect(await overhang(team.page)).to.be.at.most(0);
  });
});
