import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Frame, Page } from 'playwright-core';
import { endDue } from '../../server/domain/campaigns/end-due.ts';
import { pause, resume } from '../../server/domain/campaigns/pause.ts';
import type { Oembed } from '../../server/protocol/embed.ts';
import { listen, liveCampaign } from '../support/house.ts';
import { until } from '../support/until.ts';
import { faultsOf, lineOf, openPages, signIn, type TestPages } from './house.ts';

/** Issue 5: everything that runs in the frame, and what puts it there. */
const SCRIPT_BYTES_MAX = 15_000;
const DAY_MS = 86_400_000;

describe('the widget on other people’s pages', () => {
  let pages: TestPages;
  let platform: TestPages['platform'];
  let outside: TestPages['outside'];
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let slug: string;
  const closing: (() => void)[] = [];

  before(async () => {
    pages = await openPages();
    ({ platform, outside } = pages);
  });
  after(() => pages.close());
  beforeEach(async () => {
    ({ campaign, slug } = await open('Perahu untuk nelayan'));
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await pages.clear();
  });

  async function open(title: string) {
    const campaign = await liveCampaign(platform.house, { title });
    return { campaign, slug: await pages.slugOf(campaign.id) };
  }

  /** Somebody else's site: another port, and another name for this machine, so that it is another site too. */
  async function blog(body: string, headers: Record<string, string> = {}): Promise<string> {
    const { server, url } = await listen(
      createServer((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
        res.end(`<!doctype html><html lang="id"><title>Blog</title><body><h1>Blog</h1>${body}</body></html>`);
      }),
    );
    closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = new URL(url);
    return new URL(platform.url).hostname === 'localhost' ? url : `http://localhost:${port}/`;
  }
  const snippet = (slug: string, more = '') =>
    `<script async src="${platform.url}/embed.js" data-campaign="${slug}" ${more}></script>`;

  /** The frame of a campaign, once it shows something. */
  async function frameOf(page: Page, slug: string): Promise<Frame> {
    const frame = await until(() => page.frames().find((one) => one.url().includes(`/embed/${slug}`)), {
      what: 'the frame',
    });
    await frame.locator('main').waitFor();
    return frame;
  }
  const text = (frame: Frame | Page, what: string) => frame.locator(what).innerText();
  const isLive = async (frame: Frame) => (await text(frame, '.live')) === 'langsung';

  it('move with a gift at the moment that the campaign’s own page does', async () => {
    const { page, context, errors } = await pages.somebody();
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    await until(() => isLive(frame), { what: 'the socket' });
    expect(await text(frame, 'h1')).to.equal('Perahu untuk nelayan');
    expect(await text(frame, '.raised')).to.equal('Rp0');
    const own = await context.newPage();
    await own.goto(`${platform.url}/c/${slug}`);

    await outside.paid(campaign.id, { gift: { amount: 150_000, currency: 'IDR' }, donor: { name: 'Budi' } });
    await until(async () => (await text(frame, '.raised')) === 'Rp150.000', { what: 'the widget' });
    await until(async () => (await text(own, '.hero-total')).includes('Rp150.000'), { what: 'the page' });
    expect(await text(frame, '.last')).to.match(/^Budi\s+Rp150\.000 · baru saja$/);
    expect(await text(frame, '.facts')).to.include('1 donatur');
    expect(errors).to.deep.equal([]);
  });

  it('lead to the campaign in a tab of its own, which knows nothing of the page it came from', async () => {
    const { page, context } = await pages.somebody();
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      frame.getByRole('link', { name: 'Donasi (buka tab baru)' }).click(),
    ]);
    await tab.waitForURL(`${platform.url}/c/${slug}`);
    await tab.getByRole('heading', { level: 1 }).waitFor();
    expect(await tab.evaluate(() => opener)).to.equal(null);
    expect(await tab.evaluate(() => document.referrer)).to.equal(frame.url());
    // A tab with the frame's bounds could not even remember a theme, nor send a form.
    await tab.getByRole('button', { name: 'EN: Switch to English' }).click();
    await tab.reload();
    await tab.locator('html[lang="en"]').waitFor({ state: 'attached' });
  });

  it('stand on one page as often as it likes, each with its campaign, language and theme', async () => {
    const other = await open('Sumur untuk Sumba');
    const { page, errors } = await pages.somebody({ viewport: { width: 1280, height: 2400 } });
    const plain = `<iframe src="${platform.url}/embed/${slug}?lang=id&theme=malam" title="Kampanye" width="400" height="440"></iframe>`;
    const names = () => page.evaluate(() => Object.getOwnPropertyNames(window).sort());
    await page.goto(await blog('<p>Tanpa kampanye.</p>'));
    const before = await names();
    await page.goto(
      await blog(
        `${snippet(slug)}<p>dan</p>${snippet(other.slug, 'data-lang="en" data-theme="fajar"')}${plain}`,
      ),
    );
    await until(() => page.frames().length === 4, { what: 'three frames' });
    const frames = page.frames().slice(1);
    for (const frame of frames) await frame.locator('main').waitFor();
    const shown = await Promise.all(
      frames.map((frame) =>
        frame.evaluate(() => {
          const { lang, dataset } = document.documentElement;
          return [document.querySelector('h1')?.textContent, lang, dataset.theme].join(' ');
        }),
      ),
    );
    expect(shown.sort()).to.deep.equal([
      'Perahu untuk nelayan id auto',
      'Perahu untuk nelayan id night',
      'Sumur untuk Sumba en light',
    ]);
    // Indexes and names of frames aside, the page's own scope is as it was.
    expect((await names()).filter((name) => !/^\d+$/.test(name))).to.deep.equal(before);
    expect(await page.locator('script[data-campaign]').count()).to.equal(0);
    expect(await page.locator('iframe:not([title])').count()).to.equal(0);
    expect(errors).to.deep.equal([]);
  });

  it('are as high as they need to be, whoever else says how high', async () => {
    const { page } = await pages.somebody();
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    const height = () => page.locator('iframe').evaluate((element) => element.clientHeight);
    const needed = () => frame.evaluate(() => document.documentElement.offsetHeight);
    await until(async () => (await height()) === Math.ceil(await needed()), { what: 'the height' });
    expect(await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth)).to.be.at.most(0);
    await page.locator('iframe[title="Perahu untuk nelayan"]').waitFor();
    const before = await height();
    await page.evaluate(
      () =>
        new Promise((heard) => {
          addEventListener('message', heard, { once: true });
          postMessage({ sangkuriang: 'size', height: 5, title: 'Lain' }, '*');
        }),
    );
    expect(await height()).to.equal(before);
    expect(await page.locator('iframe').getAttribute('title')).to.equal('Perahu untuk nelayan');
  });

  for (const [way, code] of [
    ['by the script', () => snippet(slug)],
    ['as a bare frame', () => `<iframe src="${platform.url}/embed/${slug}" height="460"></iframe>`],
  ] as const) {
    it(`can neither look into the page around them nor move it, and are not looked into (${way})`, async () => {
      const { page } = await pages.somebody();
      const address = await blog(code());
      await page.goto(address);
      const frame = await frameOf(page, slug);
      // With a touch of the reader's, for which a browser lets a frame move its page.
      await frame.locator('h1').click();
      for (const deed of ['top.document.title', "top.location.href = 'about:blank'"]) {
        const fault = await frame.evaluate(deed).catch((error: Error) => error.message);
        expect(fault, deed).to.match(/SecurityError/);
      }
      expect(page.url()).to.equal(address);
      expect(
        await page.locator('iframe').evaluate((element) => (element as HTMLIFrameElement).contentDocument),
      ).to.equal(null);
    });
  }

  it('are all that can be framed: every other page refuses', async () => {
    const { page } = await pages.somebody();
    const paths = ['/', `/c/${slug}`, `/c/${slug}/give`, '/signin', '/studio', '/embed.html'];
    const frames = paths.map((path) => `<iframe src="${platform.url}${path}"></iframe>`).join('');
    await page.goto(await blog(`${frames}${snippet(slug)}`));
    await frameOf(page, slug);
    await until(() => page.frames().length === paths.length + 2, { what: 'the frames' });
    const others = page
      .frames()
      .slice(1)
      .filter((one) => !one.url().includes('/embed/'));
    await until(() => others.every((one) => one.url() === 'chrome-error://chromewebdata/'), {
      what: 'each of them to be refused',
    });
  });

  it('know nobody: no cookie is sent or set, and nothing is kept', async () => {
    const { page, context } = await pages.somebody();
    const { email } = await pages.account();
    await signIn(page, platform.url, { email });
    const cookies = await context.cookies();
    expect(cookies).not.to.deep.equal([]);

    const asked: Record<string, string>[] = [];
    const paths: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(platform.url)) return;
      paths.push(new URL(request.url()).pathname);
      void request.allHeaders().then(
        (headers) => asked.push(headers),
        () => undefined,
      );
    });
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    await until(() => isLive(frame), { what: 'the socket' });
    await until(() => asked.length === paths.length, { what: 'the headers' });
    expect(paths).to.include.members(['/embed.js', `/embed/${slug}`]);
    expect(paths.filter((path) => path.startsWith('/api/v1/auth'))).to.deep.equal([]);
    expect(asked.filter(({ cookie }) => cookie !== undefined)).to.deep.equal([]);
    expect(await context.cookies()).to.deep.equal(cookies);
    expect(await page.evaluate(() => document.cookie)).to.equal('');
  });

  it('go on with what is read over REST where no socket can be had, and say that they are not live', async () => {
    const { page } = await pages.somebody();
    await page.routeWebSocket(/socket\.io/, (socket) => socket.close());
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    await until(async () => (await text(frame, '.live')) === 'tidak langsung', { what: 'its words' });
    await outside.paid(campaign.id, { gift: { amount: 70_000, currency: 'IDR' } });
    await until(async () => (await text(frame, '.raised')) === 'Rp70.000', {
      timeoutMs: 30_000,
      what: 'the gift, read',
    });
    expect(await text(frame, '.last')).to.match(/^Hamba Allah\s+Rp70\.000/);
  }).timeout(60_000);

  it('miss nothing and repeat nothing when the connection is lost and found', async () => {
    const { page } = await pages.somebody();
    const line = await lineOf(page);
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    await until(() => isLive(frame), { what: 'the socket' });
    await line.cut();
    await until(async () => !(await isLive(frame)), { what: 'the loss' });
    for (const amount of [20_000, 30_000])
      await outside.paid(campaign.id, { gift: { amount, currency: 'IDR' } });
    line.mend();
    await until(async () => (await isLive(frame)) && (await text(frame, '.raised')) === 'Rp50.000', {
      timeoutMs: 30_000,
      what: 'both gifts',
    });
    expect(await text(frame, '.facts')).to.include('2 donatur');
  }).timeout(60_000);

  it('say when giving is paused or over at the moment that it is, and also to whoever comes later', async () => {
    const { house } = platform;
    const { page, context } = await pages.somebody();
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    await until(() => isLive(frame), { what: 'the socket' });
    const said = () => frame.locator('.standing').allInnerTexts();
    const onceSaid = (words: string[]) =>
      until(async () => (await said()).join() === words.join(), { what: words.join() || 'nothing said' });
    const now = () => new Date();

    await pause(house, campaign.owner, campaign.id);
    await onceSaid(['Donasi sedang dijeda']);
    await frame.getByRole('link', { name: 'Lihat kampanye (buka tab baru)' }).waitFor();
    await resume({ ...house, now }, campaign.owner, campaign.id);
    await onceSaid([]);
    await frame.getByRole('link', { name: 'Donasi (buka tab baru)' }).waitFor();
    await endDue({ ...house, now: () => new Date(Date.now() + 40 * DAY_MS) });
    await onceSaid(['Kampanye telah selesai']);

    const later = await context.newPage();
    await later.goto(`${platform.url}/embed/${slug}?lang=en`);
    await later.getByText('This campaign has ended').waitFor();
    await later.getByRole('link', { name: 'See the campaign (opens a new tab)' }).waitFor();
  });

  it('stay calm about a campaign that is not there or not for everyone', async () => {
    const hidden = await open('Rahasia');
    await platform.house.db.none("update sk.campaigns set status = 'draft' where id = $1", [
      hidden.campaign.id,
    ]);
    const { page, errors } = await pages.somebody();
    for (const name of [hidden.slug, 'tidak-ada', `${'x'.repeat(300)}`, '%3Cb%3E']) {
      await page.goto(await blog(snippet(decodeURIComponent(name))));
      const frame = await until(() => page.frames()[1], { what: 'the frame' });
      await frame.getByText('Kampanye ini tidak ada, atau belum dibuka untuk umum.').waitFor();
      expect(await frame.content()).not.to.include('Rahasia');
    }
    expect(errors).to.deep.equal([]);
  });

  it('stand also in pages that allow no styles but their own and are isolated from all others', async () => {
    const { page, errors } = await pages.somebody();
    await page.goto(
      await blog(snippet(slug), {
        'content-security-policy': `default-src 'none'; script-src ${platform.url}; frame-src ${platform.url}`,
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-opener-policy': 'same-origin',
      }),
    );
    const frame = await frameOf(page, slug);
    await until(() => isLive(frame), { what: 'the socket' });
    expect(await page.evaluate(() => isSecureContext && crossOriginIsolated)).to.equal(true);
    expect(errors).to.deep.equal([]);
  });

  it('are taken from the campaign’s own page: chosen, seen, copied, and live where they are pasted', async () => {
    const { page, errors } = await pages.somebody({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`${platform.url}/c/${slug}`);
    await page.getByText('Pasang di situs Anda').click();
    await page.getByText('Malam', { exact: true }).click();
    // The frame of the theme before it may stand a moment longer.
    const preview = await frameOf(page, `${slug}?lang=id&theme=malam`);
    expect(await preview.evaluate(() => document.documentElement.dataset.theme)).to.equal('night');
    for (const label of ['Tempel di tempat', 'Untuk situs yang tidak']) {
      const box = page.locator('.embed-snippet', { hasText: label });
      await box.getByRole('button', { name: 'Salin kode' }).click();
      await box.getByRole('button', { name: 'Kode disalin' }).waitFor();
      const code = await page.evaluate(() => navigator.clipboard.readText());
      const { page: other } = await pages.somebody();
      await other.goto(await blog(code));
      const frame = await frameOf(other, slug);
      await until(() => isLive(frame), { what: 'the socket' });
      expect(await frame.evaluate(() => document.documentElement.dataset.theme)).to.equal('night');
    }
    expect(errors).to.deep.equal([]);
  });

  it('stand where an editor that speaks oEmbed was given the address of the campaign alone', async () => {
    const page = await (await fetch(`${platform.url}/c/${slug}`)).text();
    const found = /type="application\/json\+oembed" href="([^"]+)"/.exec(page)?.[1] ?? '';
    const ask = async (more: string) =>
      outside.get<Oembed>(found.replaceAll('&amp;', '&').slice(platform.url.length) + more);
    const { status, body } = await ask('&maxwidth=400&format=json&dnt=1');
    expect(status).to.equal(200);
    expect(body).to.include({ type: 'rich', title: 'Perahu untuk nelayan', author_name: 'Budi', width: 400 });
    const reader = await pages.somebody();
    await reader.page.goto(await blog(body.html));
    await until(async () => isLive(await frameOf(reader.page, slug)), { what: 'the socket' });

    expect((await ask('&format=xml')).status).to.equal(400);
    for (const url of [
      `${platform.url}/c/tidak-ada`,
      `https://contoh.example/c/${slug}`,
      `${platform.url}/studio`,
    ])
      expect((await outside.get(`/api/v1/oembed?url=${encodeURIComponent(url)}`)).status, url).to.equal(404);
  });

  for (const theme of ['fajar', 'malam'] as const) {
    it(`hold nothing that axe finds wrong (${theme})`, async () => {
      await outside.paid(campaign.id, {
        gift: { amount: 150_000, currency: 'IDR' },
        donor: { name: 'Budi' },
      });
      const { page } = await pages.somebody({ bypassCSP: true });
      for (const name of [slug, 'tidak-ada']) {
        await page.goto(`${platform.url}/embed/${name}?theme=${theme}`);
        await page.locator('main').waitFor();
        expect(await faultsOf(page), name).to.deep.equal([]);
      }
    });
  }

  it(`bring at most ${SCRIPT_BYTES_MAX} bytes of script, packed, and nothing of the pages’ own`, async () => {
    const { page } = await pages.somebody();
    const scripts = new Set<string>();
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') scripts.add(new URL(response.url()).pathname);
    });
    await page.goto(await blog(snippet(slug)));
    const frame = await frameOf(page, slug);
    await until(() => isLive(frame), { what: 'the socket' });
    expect([...scripts].map((path) => path.replace(/-[\w-]+\.js$/, '-….js')).sort()).to.deep.equal([
      '/assets/embed-….js',
      '/embed.js',
    ]);
    const files = await Promise.all([...scripts].map((path) => readFile(`web/dist${path}`)));
    const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
    expect(bytes).to.be.at.most(SCRIPT_BYTES_MAX);
    const built = (await readdir('web/dist/assets')).filter((file) => file.startsWith('embed-'));
    expect(built.filter((file) => file.endsWith('.js'))).to.have.length(1);
  });
});
