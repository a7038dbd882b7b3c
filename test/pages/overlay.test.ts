import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { acting } from '../../server/db/open.ts';
import { campaignFeed } from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import type { OverlayMade, OverlaySettings } from '../../server/protocol/overlays.ts';
import { liveCampaign } from '../support/house.ts';
import { until } from '../support/until.ts';
import { faultsOf, openPages, signIn, type TestPages } from './house.ts';

/** What a viewer of the stream saw of one alert, by the browser's own clock. */
type Seen = { kind: string; name: string; amount: string; message: string; from: number; to: number };
type Watching = { seen: Seen[]; together: number; spoken: { words: string; voice: string }[] };

/** The shortest that a team may choose, less what two clocks of a browser may differ. */
const ALERT_MS = 4_000 - 20;

describe('the overlay of a stream', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let token: string;
  let path: string;
  let made: OverlayMade;
  let slug: string;

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
  });
  after(() => pages.close());
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house, { title: 'Air bersih untuk Watugareng' });
    token = outside.tokenOf(campaign.owner);
    path = `/api/v1/campaigns/${campaign.id}/overlay`;
    made = (await said<OverlayMade>('')).body;
    slug = await pages.slugOf(campaign.id);
    await set({ alertSeconds: 4, sound: false });
  });
  afterEach(() => pages.clear());

  const said = <T = object>(what: string, body: unknown = {}) =>
    outside.post<T>(`${path}${what}`, body, { token, headers: { 'idempotency-key': randomUUID() } });
  async function set(changes: Partial<OverlaySettings>): Promise<void> {
    const answer = await outside.call<OverlayMade>('PUT', `${path}/settings`, {
      body: { ...made.overlay.settings, ...changes },
      token,
    });
    expect(answer.status).to.equal(200);
    made = { ...made, overlay: answer.body.overlay };
  }

  /** A browser source as OBS has one. It notes every alert that stands on the screen, and what is read aloud. */
  async function source(more: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await pages.context({ viewport: { width: 1280, height: 720 }, ...more });
    // What the runner's compiler calls in every function that has a name.
    await context.addInitScript({ content: 'globalThis.__name = (named) => named;' });
    await context.addInitScript(() => {
      // It may be run more than once in one document.
      if ('watching' in window) return;
      const watching: Watching = { seen: [], together: 0, spoken: [] };
      Object.assign(window, { watching });
      const on = new Map<Element, Seen>();
      const look = () => {
        const now = performance.now();
        const alerts = [...document.querySelectorAll('.alert')];
        watching.together = Math.max(watching.together, alerts.length);
        for (const [element, seen] of on) {
          if (document.contains(element)) continue;
          seen.to = now;
          on.delete(element);
        }
        for (const element of alerts) {
          const text = (name: string) => element.querySelector(`.alert-${name}`)?.textContent ?? '';
          const kind = (element as HTMLElement).dataset.kind ?? '';
          const known = on.get(element);
          const is = { kind, name: text('name'), amount: text('amount'), message: text('message') };
          if (known) Object.assign(known, is);
          else {
            const seen = { ...is, from: now, to: Number.POSITIVE_INFINITY };
            on.set(element, seen);
            watching.seen.push(seen);
          }
        }
      };
      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
      // The browser's own voice, which a machine without a sound card has none of.
      const speechSynthesis = {
        getVoices: () => [],
        cancel: () => undefined,
        speak(utterance: SpeechSynthesisUtterance) {
          watching.spoken.push({ words: utterance.text, voice: utterance.lang });
          setTimeout(() => utterance.onend?.(new Event('end') as SpeechSynthesisEvent), 100);
        },
      };
      Object.defineProperty(window, 'speechSynthesis', { value: speechSynthesis });
    });
    return context;
  }
  async function opened(context: BrowserContext, search = '', secret = made.secret) {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    watches.set(page, overlayState(page));
    await page.goto(`${platform.url}/overlay/${search}#${secret}`);
    return { page, errors };
  }
  const watchingOf = (page: Page): Promise<Watching> =>
    page.evaluate(() => (window as unknown as { watching: Watching }).watching);
  const names = async (page: Page) => (await watchingOf(page)).seen.map(({ name }) => name);
  /** From now on the page hears of gifts and of what the team says; each comes over a feed of its own. */
  const begun = (page: Page) => Promise.all([page.locator('.goal').waitFor(), watches.get(page)]);
  const watches = new WeakMap<Page, Promise<void>>();
  const overlayState = (page: Page): Promise<void> =>
    new Promise((resolve) => {
      page.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => {
          if (payload.toString().includes('"revoked"')) resolve();
        }),
      );
    });
  const give = (name: string | null, amount: number, message?: string) =>
    outside.paid(campaign.id, {
      gift: rupiah(amount),
      donor: name === null ? { anonymous: true } : { name },
      ...(message ? { message } : {}),
    });
  /** After the last alert, so that one that came twice would have been seen. */
  async function allTold(page: Page, count: number): Promise<Seen[]> {
    await until(
      async () => {
        const { seen } = await watchingOf(page);
        return seen.length >= count && seen.every(({ to }) => to !== null && Number.isFinite(to));
      },
      { timeoutMs: 50_000, what: `${count} alerts to be told` },
    );
    const { seen, together } = await watchingOf(page);
    expect(together, 'one at a time').to.equal(1);
    for (const [nth, { from, to }] of seen.entries()) {
      expect(to - from, 'for as long as the team wants it').to.be.at.least(ALERT_MS);
      expect(from, 'after the one before it').to.be.at.least(seen[nth - 1]?.to ?? 0);
    }
    return seen;
  }

  it('shows each gift once and in order beside the campaign page, although the gateway tells of each twice', async () => {
    const { page, errors } = await opened(await source());
    const watcher = await (await source()).newPage();
    await watcher.goto(`${platform.url}/c/${slug}`);
    await watcher.getByText('langsung', { exact: true }).waitFor();
    await begun(page);
    const gifts = [];
    for (const name of ['Sari', 'Budi', 'Made']) {
      const gift = await outside.pledged(campaign.id, {
        gift: rupiah(25_000),
        donor: { name },
        message: `Dari ${name}`,
      });
      await outside.misbehave('duplicate', { orderId: gift.reference, times: 3 });
      gifts.push(gift);
    }
    for (const gift of gifts) {
      await outside.act(gift.reference, 'pay');
      await until(async () => (await outside.seen(gift)).status === 'paid');
    }
    await page.getByText('Rp75.000', { exact: true }).waitFor();
    await watcher.locator('main').getByText('Rp75.000').first().waitFor();
    const seen = await allTold(page, 3);
    expect(seen.map(({ name, amount, message }) => [name, amount, message])).to.deep.equal([
      ['Sari', 'Rp25.000', 'Dari Sari'],
      ['Budi', 'Rp25.000', 'Dari Budi'],
      ['Made', 'Rp25.000', 'Dari Made'],
    ]);
    expect(await page.locator('.last-gift strong').textContent()).to.equal('Made');
    expect(errors).to.deep.equal([]);
  });

  it('loses none and repeats none, when its network goes in the middle and when OBS is started again', async () => {
    const context = await source();
    const { page } = await opened(context);
    await begun(page);
    await give('Sari', 20_000);
    await page.getByText('Sari').first().waitFor();
    await context.setOffline(true);
    await page.locator('.away').waitFor({ state: 'attached' });
    await give('Budi', 30_000);
    await give(null, 40_000);
    expect(await page.locator('.goal-raised').textContent(), 'it keeps what it shows').to.equal('Rp20.000');
    await context.setOffline(false);
    await page.getByText('Rp90.000', { exact: true }).waitFor({ timeout: 40_000 });
    await until(async () => (await names(page)).includes('Budi'), { timeoutMs: 30_000 });
    expect(await names(page)).to.deep.equal(['Sari', 'Budi']);

    // It ends while the second is told and the third waits.
    await page.close();
    await give('Made', 50_000);
    const again = await opened(context);
    const seen = await allTold(again.page, 2);
    expect(seen.map(({ name }) => name)).to.deep.equal(['Hamba Allah', 'Made']);
    await again.page.reload();
    await begun(again.page);
    await give('Komang', 10_000);
    await allTold(again.page, 1);
    expect(await names(again.page), 'what was told is told').to.deep.equal(['Komang']);
  });

  it('loses none of a burst of which most is left out of the frame', async () => {
    await set({ alertFrom: rupiah(50_000) });
    const { page } = await opened(await source());
    await begun(page);
    // Long enough for whatever the page asked when it began: from here on only the burst makes it ask.
    await give('Sari', 60_000);
    await allTold(page, 1);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const at = new Date().toISOString();
    // More of them than a thinned frame carries.
    const large = [4, 80, 160, 240, 300, 360];
    const news = await acting(platform.house.db, 'system', 'test', (tx) =>
      tx.feeds.append(
        Array.from({ length: 400 }, (_, nth) => ({
          feed: campaignFeed(campaign.id),
          type: 'donation.received',
          data: {
            id: randomUUID(),
            name: `Donatur ${nth}`,
            gift: rupiah(large.includes(nth) ? 50_000 : 10_000 + nth),
            message: null,
            at,
          },
        })),
      ),
    );
    platform.house.bus.publish(news);
    const seen = await allTold(page, 1 + large.length);
    expect(seen.map(({ name }) => name)).to.deep.equal(['Sari', ...large.map((nth) => `Donatur ${nth}`)]);
    expect(asked.filter((address) => /events\?epoch=\w+&since=\d+/.test(address))).not.to.have.length(0);
  });

  it('shows no words that were taken back, also while they are on the screen', async () => {
    await set({ alertSeconds: 30 });
    const { page } = await opened(await source());
    await begun(page);
    const hide = (gift: { id: string; claimToken: string }) =>
      outside.post(`/api/v1/donations/${gift.id}/hide`, undefined, {
        headers: { 'x-claim-token': gift.claimToken },
      });
    const first = await give('Sari', 20_000, 'Semangat!');
    const second = await give('Budi', 30_000, 'Lekas selesai!');
    await give('Made', 40_000);
    await page.locator('.alert').getByText('Sari').waitFor();
    await hide(second);
    await hide(first);
    await page.locator('.alert').getByText('Made').waitFor();
    expect(await names(page)).to.deep.equal(['Sari', 'Made']);
    await page.getByText('Rp90.000', { exact: true }).waitFor();
    expect(await page.locator('.top .top-name').allTextContents()).to.deep.equal(['Made']);
  });

  it('is directed by the team: tests, repetitions, skipping, and what is worth an alert', async () => {
    await set({ alertFrom: rupiah(50_000), language: 'en', theme: 'polos', message: false });
    const { page, errors } = await opened(await source());
    await begun(page);
    await give('Sari', 20_000);
    const gift = await give('Budi', 60_000, 'Semangat!');
    await page.locator('.alert').getByText('Budi').waitFor();
    expect(await page.locator('.alert-amount').textContent()).to.equal('IDR\u00a060,000');
    expect(await page.locator('.alert-message').count()).to.equal(0);
    expect(await page.locator('html').getAttribute('data-theme')).to.equal('polos');
    await said('/skip', { what: 'shown' });
    await said('/test', { gift: rupiah(150_000) });
    await page.locator('.alert[data-kind=ahead]').getByText('IDR\u00a0150,000').waitFor();
    await said('/replay', { donationId: gift.id });
    await said('/skip', { what: 'shown' });
    await page.locator('.alert[data-kind=ahead]').getByText('Budi').waitFor();
    expect(await names(page)).to.deep.equal(['Budi', 'Sari Wulandari', 'Budi']);
    // A test is no gift.
    expect(await page.locator('.goal-raised').textContent()).to.equal('IDR\u00a080,000');
    expect(errors).to.deep.equal([]);
  });

  it('reads aloud in the chosen voice what is worth it', async () => {
    await set({ speech: true, speechFrom: rupiah(25_000) });
    const { page } = await opened(await source());
    await begun(page);
    await give('Sari', 20_000);
    await give(null, 30_000, 'Semoga lekas selesai');
    await allTold(page, 2);
    expect((await watchingOf(page)).spoken).to.deep.equal([
      { words: 'Hamba Allah berdonasi 30000 rupiah. Semoga lekas selesai', voice: 'id-ID' },
    ]);
  });

  it('ends when its link is renewed, and says where the new one is', async () => {
    const { page } = await opened(await source());
    await begun(page);
    const renewed = (await said<OverlayMade>('/renew')).body;
    await page.getByText('Tautan overlay ini sudah diganti').waitFor();
    expect(await page.locator('.goal').count()).to.equal(0);
    await page.reload();
    await page.getByText('Tautan overlay ini sudah diganti').waitFor();
    await begun((await opened(await source(), '', renewed.secret)).page);
  });

  it('is transparent, shows the pieces that a source asks for, and may be framed by ourselves alone', async () => {
    const context = await source();
    const { page } = await opened(context, '?show=goal');
    await begun(page);
    expect(await page.locator('.top, .last, .stage').count()).to.equal(0);
    const ground = await page.evaluate(() =>
      [document.documentElement, document.body].map((element) => getComputedStyle(element).backgroundColor),
    );
    expect(ground).to.deep.equal(['rgba(0, 0, 0, 0)', 'rgba(0, 0, 0, 0)']);
    const framed = async (address: string) =>
      /frame-ancestors ([^;]+)/.exec(
        (await fetch(`${platform.url}${address}`)).headers.get('content-security-policy') ?? '',
      )?.[1];
    expect(await framed('/overlay/')).to.equal("'self'");
    expect(await framed('/')).to.equal("'none'");
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url(), JSON.stringify(request.headers())));
    await page.reload();
    await begun(page);
    const addresses = asked.filter((_, nth) => nth % 2 === 0);
    expect(addresses.some((address) => address.includes(made.secret))).to.equal(false);
  });

  describe('is set up in the studio', () => {
    async function signedIn(role: 'editor' | 'viewer', more: BrowserContextOptions = {}) {
      const { email, userId } = await pages.account();
      await pages.join(campaign.id, userId, role);
      const { page, errors } = await pages.somebody(more);
      await signIn(page, platform.url, { email });
      await page.goto(`${platform.url}/studio/${campaign.id}/overlay`);
      return { page, errors };
    }
    const faults = (page: Page) => faultsOf(page, { exclude: 'iframe' });

    it('from its link to the first alert, and the link is shown once', async () => {
      await outside.call('DELETE', path, { token });
      const { page: studio, errors } = await signedIn('editor');
      await studio.getByRole('button', { name: 'Buat tautan overlay' }).click();
      const link = await studio.getByLabel('Tautan untuk OBS').inputValue();
      const { page } = await opened(await source(), '', link.split('#')[1]);
      await begun(page);

      // What is being chosen shows in the preview alone, which the policies of both pages let stand in the studio.
      const preview = studio.frameLocator('iframe');
      await studio.getByLabel('Fajar').check();
      await preview.locator('html[data-theme=fajar]').waitFor({ state: 'attached' });
      await studio.getByRole('button', { name: 'Putar di sini' }).click();
      await preview.locator('.alert').getByText('Rp150.000').waitFor();
      expect(await page.locator('html').getAttribute('data-theme')).to.equal('malam');
      await studio.getByRole('button', { name: 'Simpan' }).click();
      await page.locator('html[data-theme=fajar]').waitFor({ state: 'attached' });

      await studio.getByRole('button', { name: 'Kirim alert percobaan' }).click();
      await page.locator('.alert[data-kind=ahead]').getByText('Uji coba').waitFor();
      await studio.getByRole('button', { name: 'Lewati yang tampil' }).click();
      await page.locator('.alert').waitFor({ state: 'detached' });
      await give('Sari', 25_000);
      await page.locator('.alert[data-kind=gift]').getByText('Sari').waitFor();
      await studio.getByRole('button', { name: 'Lewati yang tampil' }).click();
      await studio.getByRole('button', { name: 'Putar lagi: Sari, Rp25.000' }).click();
      await page.locator('.alert[data-kind=ahead]').getByText('Sari').waitFor();

      await studio.reload();
      await studio.getByText('Overlay aktif sejak').waitFor();
      expect(await studio.getByLabel('Tautan untuk OBS').count()).to.equal(0);
      await studio.getByRole('button', { name: 'Perbarui tautan' }).click();
      await studio.getByRole('button', { name: 'Ya, perbarui' }).click();
      await page.getByText('Tautan overlay ini sudah diganti').waitFor();
      expect(await studio.getByLabel('Tautan untuk OBS').inputValue()).not.to.equal(link);
      expect(errors).to.deep.equal([]);
    });

    it('by everyone: no fault that a machine can find, on a phone and on a desk, by day and by night', async () => {
      await give('Sari', 25_000);
      const { page: studio } = await signedIn('editor', { bypassCSP: true });
      await studio.getByRole('button', { name: 'Perbarui tautan' }).click();
      await studio.getByLabel('Bacakan dengan suara').check();
      await studio.getByText('Cara memasang di OBS').click();
      await studio.getByRole('button', { name: 'Putar lagi: Sari' }).waitFor();
      for (const [width, colorScheme] of [
        [390, 'light'],
        [1280, 'dark'],
      ] as const) {
        await studio.setViewportSize({ width, height: 900 });
        await studio.emulateMedia({ colorScheme });
        expect(await faults(studio), `${width} ${colorScheme}`).to.deep.equal([]);
        const overflow = await studio.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, `${width}`).to.equal(0);
      }
      for (const theme of ['malam', 'fajar', 'polos'] as const) {
        await set({ theme, alertSeconds: 30 });
        const { page } = await opened(await source({ bypassCSP: true, reducedMotion: 'reduce' }));
        await begun(page);
        await said('/test', { gift: rupiah(150_000) });
        await page.locator('.alert').waitFor();
        expect(await faults(page), theme).to.deep.equal([]);
      }
    });

    it('by those who may change the campaign alone', async () => {
      const { page: studio } = await signedIn('viewer');
      await studio.getByText('Hanya pemilik dan editor kampanye yang mengatur overlay.').waitFor();
    });
  });
});
