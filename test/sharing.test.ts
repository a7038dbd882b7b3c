import { createServer } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import sharp from 'sharp';
import { SLUGS_MAX } from '../server/domain/campaigns/slug.ts';
import { lettering } from '../server/domain/sharing/lettering.ts';
import { posters } from '../server/domain/sharing/posters.ts';
import { sayDonors, sayRupiah, type Words, wordsOf } from '../server/domain/sharing/words.ts';
import { crawlers } from '../server/http/crawlers.ts';
import { problem } from '../server/http/problem.ts';
import type { CampaignView } from '../server/protocol/campaigns.ts';
import { listen, liveCampaign } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { type Visitor, visitor } from './support/visitor.ts';

const HOSTILE = `Lampu "baca" <script>alert('&')</script> $& 😀`;

/** What a crawler without script reads of a page's head. */
function headOf(html: string) {
  const head = html.slice(0, html.indexOf('</head>'));
  const read = (text: string): string =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
  const metas = [...head.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)"/g)];
  return {
    html: head,
    title: read(/<title>([^<]*)<\/title>/.exec(head)?.[1] ?? ''),
    canonical: /<link rel="canonical" href="([^"]+)"/.exec(head)?.[1],
    meta: Object.fromEntries(metas.map(([, name, content]) => [name, read(content ?? '')])),
  };
}

describe('sharing a campaign', () => {
  let platform: TestPlatform;
  let world: Visitor;
  let live: Awaited<ReturnType<typeof liveCampaign>>;

  before(async () => {
    platform = await startPlatform();
    world = visitor(platform);
    live = await liveCampaign(platform.house, { title: 'Jembatan untuk anak sekolah' });
  });
  after(async () => {
    expect(world.faults).to.deep.equal([]);
    world.close();
    await platform.close();
  });

  const raw = (path: string, method = 'GET') =>
    fetch(`${platform.url}${path}`, { method, redirect: 'manual' });
  const viewOf = async (idOrSlug: string): Promise<CampaignView> =>
    (await world.get<{ campaign: CampaignView }>(`/api/v1/campaigns/${idOrSlug}`)).body.campaign;
  const page = async (path: string) => {
    const answer = await raw(path);
    return { status: answer.status, ...headOf(await answer.text()) };
  };
  const draft = async (title: string): Promise<{ id: string; slug: string; token: string }> => {
    const token = world.tokenOf({ userId: live.owner.userId });
    const seen = await viewOf(live.id);
    const { status, body } = await world.post<{ campaign: CampaignView }>(
      '/api/v1/campaigns',
      {
        title,
        story: 'Anak-anak menyeberang sungai setiap pagi untuk sampai ke sekolah mereka.',
        category: 'pendidikan',
        goal: { amount: 10_000_000, currency: 'IDR' },
        endsOn: seen.endsOn,
        timezone: 'Asia/Makassar',
        beneficiary: 'Warga Dusun Lasori',
      },
      { token },
    );
    expect(status).to.equal(201);
    return { id: body.campaign.id, slug: body.campaign.slug, token };
  };
  const rename = async ({ id, token }: { id: string; token: string }, title: string): Promise<string> => {
    const { status, body } = await world.call<{ campaign: CampaignView }>(
      'PATCH',
      `/api/v1/campaigns/${id}`,
      {
        body: { title },
        token,
      },
    );
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.campaign.slug;
  };
  const publish = async ({ id, token }: { id: string; token: string }): Promise<void> => {
    const moderator = world.tokenOf({ userId: live.moderator.userId, roles: ['moderator'] });
    expect((await world.post(`/api/v1/campaigns/${id}/submit`, {}, { token })).status).to.equal(200);
    const yes = await world.post(
      `/api/v1/campaigns/${id}/review`,
      { decision: 'approve', note: '' },
      { token: moderator },
    );
    expect(yes.status).to.equal(200);
  };

  describe('the page of an address that was passed on', () => {
    it('tells WhatsApp and X title, figures, story and picture without running a script', async () => {
      const { status, title, canonical, meta } = await page('/c/jembatan-untuk-anak-sekolah');
      expect(status).to.equal(200);
      expect(title).to.equal('Jembatan untuk anak sekolah · Sangkuriang');
      expect(canonical).to.equal(`${platform.url}/c/jembatan-untuk-anak-sekolah`);
      expect(meta).to.include({
        'og:site_name': 'Sangkuriang',
        'og:type': 'website',
        'og:locale': 'id_ID',
        'og:locale:alternate': 'en_US',
        'og:title': 'Jembatan untuk anak sekolah',
        'og:url': canonical,
        'og:image:type': 'image/jpeg',
        'og:image:width': '1200',
        'og:image:height': '630',
        'twitter:card': 'summary_large_image',
      });
      expect(meta.description).to.equal(
        'Terkumpul Rp0 dari Rp10.000.000, belum ada donatur. Anak-anak menyeberang sungai setiap pagi untuk sampai ke sekolah mereka.',
      );
      expect(meta['og:description']).to.equal(meta.description);
      expect(meta['og:image']).to.match(
        new RegExp(`^${platform.url}/og/jembatan-untuk-anak-sekolah\\.jpg\\?v=[0-9a-f]{12}$`),
      );
      expect(meta).to.not.have.property('robots');
    });

    it('shows a title of any characters, and runs none of them', async () => {
      const { id } = await liveCampaign(platform.house, { title: HOSTILE });
      const { slug } = await viewOf(id);
      const { title, meta, html } = await page(`/c/${slug}`);
      expect(title).to.equal(`${HOSTILE} · Sangkuriang`);
      expect(meta['og:title']).to.equal(HOSTILE);
      expect(html).to.not.include('<script>alert');
      expect((await raw(`/og/${slug}.jpg`)).status).to.equal(200);
    });

    it('stands for giving there too, and answers a HEAD like a GET', async () => {
      const { canonical, meta } = await page('/c/jembatan-untuk-anak-sekolah/give');
      expect(canonical).to.equal(`${platform.url}/c/jembatan-untuk-anak-sekolah`);
      expect(meta['og:title']).to.equal('Jembatan untuk anak sekolah');
      const head = await raw('/c/jembatan-untuk-anak-sekolah', 'HEAD');
      expect([head.status, await head.text()]).to.deep.equal([200, '']);
      expect(head.headers.get('content-type')).to.match(/^text\/html/);
    });

    it('tells of its statement under an address of its own', async () => {
      const { title, canonical, meta } = await page('/c/jembatan-untuk-anak-sekolah/ledger');
      expect(title).to.equal('Laporan keuangan: Jembatan untuk anak sekolah · Sangkuriang');
      expect(canonical).to.equal(`${platform.url}/c/jembatan-untuk-anak-sekolah/ledger`);
      expect(meta['og:title']).to.equal('Laporan keuangan: Jembatan untuk anak sekolah');
      expect(meta['og:description']).to.match(/^Setiap rupiah untuk Warga Dusun Lasori: dibayar Rp[\d.]+, /);
      const moved = await fetch(`${platform.url}/c/Jembatan-untuk-anak-sekolah/Ledger/`, {
        redirect: 'manual',
      });
      expect([moved.status, moved.headers.get('location')]).to.deep.equal([
        301,
        '/c/jembatan-untuk-anak-sekolah/ledger',
      ]);
    });

    it('is missing, to a crawler as to a person, where there is no campaign or none yet', async () => {
      const { slug } = await draft('Rahasia sampai diperiksa');
      for (const path of [`/c/${slug}`, `/c/${slug}/ledger`, '/c/tidak-ada', '/c/tidak-ada/give']) {
        const { status, title, meta, html } = await page(path);
        expect([path, status, title, meta.robots]).to.deep.equal([path, 404, 'Sangkuriang', 'noindex']);
        expect(html).to.not.include('Rahasia sampai');
      }
      expect((await raw(`/og/${slug}.jpg`)).status).to.equal(404);
    });

    it('goes on telling of a campaign that is paused', async () => {
      const { id, owner } = await liveCampaign(platform.house, { title: 'Sumur yang dijeda' });
      const token = world.tokenOf({ userId: owner.userId });
      expect((await world.post(`/api/v1/campaigns/${id}/pause`, {}, { token })).status).to.equal(200);
      const { status, meta } = await page('/c/sumur-yang-dijeda');
      expect([status, meta['og:title']]).to.deep.equal([200, 'Sumur yang dijeda']);
      expect((await raw(`/og/${id}.jpg`)).status).to.equal(200);
    });

    it('is kept out of search engines where it is one person’s or the staff’s', async () => {
      for (const path of [
        '/d/0190a5d0-ac96-774b-bcce-b302099a8057',
        '/me',
        '/studio',
        '/studio/new',
        '/review',
      ]) {
        const { status, meta, canonical } = await page(path);
        expect([path, status, meta.robots, canonical]).to.deep.equal([path, 200, 'noindex', undefined]);
      }
      const home = await page('/');
      expect(home.meta).to.include({ 'og:url': `${platform.url}/`, 'twitter:card': 'summary' });
      expect(home.meta).to.not.have.property('robots');
      expect(home.title).to.equal('Sangkuriang: sebelum matahari terbit');
    });
  });

  describe('the picture', () => {
    const shown = async (path: string) => {
      const answer = await raw(path);
      return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
    };
    const pictureOf = async (slug: string): Promise<string> =>
      (await page(`/c/${slug}`)).meta['og:image']?.replace(platform.url, '') ?? '';

    it('is a JPEG of the size that the page says, small enough for WhatsApp, for every site to show', async () => {
      const { answer, bytes } = await shown(await pictureOf('jembatan-untuk-anak-sekolah'));
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.equal('image/jpeg');
      expect(answer.headers.get('cache-control')).to.equal('public, max-age=600');
      expect(answer.headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
      const { format, width, height } = await sharp(bytes).metadata();
      expect({ format, width, height }).to.deep.equal({ format: 'jpeg', width: 1200, height: 630 });
      expect(bytes.length).to.be.lessThan(300_000);
    });

    it('changes with the gifts, and so does its address; until then both stay', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Perpustakaan terapung' });
      const before = await pictureOf('perpustakaan-terapung');
      expect(await pictureOf('perpustakaan-terapung')).to.equal(before);
      const first = await shown(before);
      expect((await shown(before)).bytes.equals(first.bytes)).to.equal(true);
      const kept = {
        headers: { 'if-none-match': first.answer.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
      };
      expect((await fetch(`${platform.url}${before}`, kept)).status).to.equal(304);
      await world.paid(id, { gift: { amount: 4_000_000, currency: 'IDR' } });
      const after = await pictureOf('perpustakaan-terapung');
      expect(after).to.not.equal(before);
      const second = await shown(after);
      expect(second.bytes.equals(first.bytes)).to.equal(false);
      expect((await fetch(`${platform.url}${after}`, kept)).status).to.equal(200);
      // Whoever still has the old address sees how things stand as well.
      expect((await shown(before)).bytes.equals(second.bytes)).to.equal(true);
    });

    it('is found by id, by slug, and by no other name', async () => {
      expect((await raw(`/og/${live.id}.jpg`)).status).to.equal(200);
      expect((await raw('/og/JEMBATAN-untuk-anak-sekolah.jpg', 'HEAD')).status).to.equal(200);
      expect((await raw('/og/tidak-ada.jpg')).status).to.equal(404);
      expect((await raw(`/og/${live.id}.jpg?w=1`)).status).to.equal(400);
    });

    const words = (title: string, raised = 0): Words =>
      wordsOf({ title, raised: { amount: raised }, goal: { amount: 1_000_000 }, donorCount: 1 });

    it('is drawn once for all who ask at the same time, and not again', async () => {
      const { draw } = posters();
      const [one, two] = await Promise.all([draw(words('Sama')), draw(words('Sama'))]);
      expect(one).to.equal(two);
      expect(await draw(words('Sama'))).to.equal(one);
      expect((await draw(words('Sama', 500_000))).equals(one)).to.equal(false);
    });

    it('is forgotten when more are asked for than are kept, the oldest first', async () => {
      const { draw } = posters({ keptMax: 2 });
      const first = await draw(words('A'));
      const second = await draw(words('B'));
      expect(await draw(words('A'))).to.equal(first);
      await draw(words('C'));
      expect(await draw(words('A'))).to.equal(first);
      expect(await draw(words('B'))).to.not.equal(second);
    });

    it('waits its turn, up to a bound, and can be asked for again', async () => {
      const { draw } = posters({ atOnceMax: 1, queueMax: 1 });
      const answers = await Promise.allSettled(['1', '2', '3'].map((title) => draw(words(title))));
      expect(answers.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected']);
      expect(answers[2]).to.have.nested.property('reason.code', 'unavailable');
      expect(await draw(words('3'))).to.be.instanceOf(Buffer);
    });

    it('takes any title: none it can write, one endless word, marks of their own', async () => {
      const { draw } = posters();
      for (const title of [
        '',
        '帮助我们 😀',
        'w'.repeat(80),
        'e\u0301\u0302\u200d'.repeat(20),
        HOSTILE,
        '\u0000',
      ]) {
        expect((await sharp(await draw(words(title))).metadata()).width, title).to.equal(1200);
      }
    });

    it('breaks a long title into lines that fit, and says by an ellipsis that there is more', () => {
      const letters = lettering();
      const room = { size: 48, weight: 800, width: 1072, linesMax: 3 } as const;
      const whole = 'Bantu operasi jantung Pak Ké’jo dan biaya perawatan keluarganya di Tanimbar 😀';
      expect(letters.wrap(whole, room).join(' ')).to.equal(whole.replace(' 😀', ''));
      const cut = letters.wrap(`${whole} ${whole}`, room);
      expect(cut).to.have.length(3);
      expect(cut[2]).to.match(/…$/);
      for (const line of cut) expect(letters.widthOf(line, room)).to.be.within(1, 1072);
      expect(letters.wrap('w'.repeat(80), room)[0]).to.match(/^w+…$/);
    });

    it('says amounts as people do and never more than there is', () => {
      const said = [0, 999_999, 1_000_000, 4_259_999, 42_590_000, 425_999_999, 1_000_000_000, 99_999_999_999];
      expect(said.map(sayRupiah)).to.deep.equal([
        'Rp0',
        'Rp999.999',
        'Rp1 juta',
        'Rp4,25 juta',
        'Rp42,5 juta',
        'Rp425 juta',
        'Rp1 miliar',
        'Rp99,9 miliar',
      ]);
      expect([0, 1, 999, 1_000, 1_234, 56_789].map(sayDonors)).to.deep.equal([
        'belum ada donatur',
        '1 donatur',
        '999 donatur',
        '1.000 donatur',
        '1.200+ donatur',
        '56.000+ donatur',
      ]);
    });
  });

  describe('an address from before a rename', () => {
    it('leads to the campaign for good, with what stood behind it', async () => {
      const campaign = await draft('Kapal untuk nelayan');
      const slug = await rename(campaign, 'Perahu untuk nelayan');
      expect([campaign.slug, slug]).to.deep.equal(['kapal-untuk-nelayan', 'perahu-untuk-nelayan']);
      expect((await raw('/c/kapal-untuk-nelayan')).status, 'not before it is public').to.equal(404);
      await publish(campaign);
      for (const [from, to] of [
        ['/c/kapal-untuk-nelayan', '/c/perahu-untuk-nelayan'],
        ['/c/kapal-untuk-nelayan/give?amount=50000', '/c/perahu-untuk-nelayan/give?amount=50000'],
        ['/c/Perahu-Untuk-Nelayan/?utm_source=wa', '/c/perahu-untuk-nelayan?utm_source=wa'],
      ] as const) {
        const answer = await raw(from);
        expect([answer.status, answer.headers.get('location')]).to.deep.equal([301, to]);
        expect(answer.headers.get('cache-control')).to.equal('no-cache');
      }
      expect(await viewOf('kapal-untuk-nelayan')).to.include({ id: campaign.id, slug });
      expect((await raw('/og/kapal-untuk-nelayan.jpg')).status).to.equal(200);
    });

    it('is never given to another campaign, and taken back by its own', async () => {
      const first = await draft('Rumah singgah');
      await rename(first, 'Rumah singgah pasien');
      const second = await draft('Rumah singgah');
      expect(second.slug).to.equal('rumah-singgah-2');
      expect(await rename(second, 'Rumah singgah pasien')).to.equal('rumah-singgah-pasien-2');
      expect(await rename(first, 'Rumah Singgah')).to.equal('rumah-singgah');
      // The number stays where only other words around the same address change.
      expect(await rename(second, 'Rumah singgah: pasien!')).to.equal('rumah-singgah-pasien-2');
    });

    it('belongs to one of two who take it at the same moment', async () => {
      const drafts = await Promise.all(['Nama satu', 'Nama dua', 'Nama tiga', 'Nama empat'].map(draft));
      const slugs = await Promise.all(drafts.map((one) => rename(one, 'Nama yang sama')));
      const made = await draft('Nama yang sama');
      expect(new Set([...slugs, made.slug]).size).to.equal(5);
      for (const [i, one] of drafts.entries()) {
        const [own] = await platform.house.db.any<{ n: number }>(
          'select count(*)::int as n from sk.campaign_slugs where campaign_id = $1 and slug = $2',
          [one.id, slugs[i]],
        );
        expect(own?.n).to.equal(1);
      }
    });

    it('is one of a few: nobody takes all good names by renaming again and again', async () => {
      const campaign = await draft('Nama ke 1');
      const slugs = [campaign.slug];
      for (let n = 2; n <= SLUGS_MAX + 2; n += 1) slugs.push(await rename(campaign, `Nama ke ${n}`));
      expect(new Set(slugs).size).to.equal(SLUGS_MAX);
    });
  });

  describe('search engines', () => {
    it('are told what is none of theirs, and where the list of pages is', async () => {
      const answer = await raw('/robots.txt');
      expect(answer.headers.get('content-type')).to.match(/^text\/plain/);
      const lines = (await answer.text()).split('\n');
      expect(lines[0]).to.equal('User-agent: *');
      for (const path of ['/api', '/me', '/studio', '/review', '/d/'])
        expect(lines).to.include(`Disallow: ${path}`);
      expect(lines).to.include(`Sitemap: ${platform.url}/sitemap.xml`);
    });

    it('find every live and ended campaign, with the time of its last change, and no other', async () => {
      const hidden = await draft('Belum untuk umum');
      const { id } = await liveCampaign(platform.house, { title: 'Sudah selesai' });
      await platform.house.db.campaigns.end([id]);
      const answer = await raw('/sitemap.xml');
      expect(answer.headers.get('content-type')).to.match(/^application\/xml/);
      const xml = await answer.text();
      expect(xml).to.match(
        /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<urlset xmlns="http:\/\/www\.sitemaps\.org\/schemas\/sitemap\/0\.9">/,
      );
      expect(xml.match(/<url>/g)?.length).to.equal(xml.match(/<\/url>/g)?.length);
      const found = new Map(
        [...xml.matchAll(/<url><loc>([^<]+)<\/loc>(?:<lastmod>([^<]+)<\/lastmod>)?<\/url>/g)].map(
          ([, loc, lastmod]) => [loc?.replace(platform.url, ''), lastmod],
        ),
      );
      expect([...found.keys()]).to.include.members([
        '/',
        '/c/jembatan-untuk-anak-sekolah',
        '/c/sudah-selesai',
      ]);
      for (const path of [`/c/${hidden.slug}`, '/c/sumur-yang-dijeda', '/c/kapal-untuk-nelayan'])
        expect([...found.keys()]).to.not.include(path);
      const gift = await world.paid(live.id);
      expect(gift.id).to.be.a('string');
      const later = (await (await raw('/sitemap.xml')).text()).match(
        /jembatan-untuk-anak-sekolah<\/loc><lastmod>([^<]+)</,
      )?.[1];
      expect(Date.parse(later ?? '')).to.be.greaterThan(
        Date.parse(found.get('/c/jembatan-untuk-anak-sekolah') ?? ''),
      );
    });

    it('are led through as many files as it takes, each campaign in one', async () => {
      const { db, limits } = platform.house;
      const server = express();
      server.use(crawlers({ db, limits, publicUrl: platform.url, urlsMax: 2 }));
      server.use(problem({ onFault: (fault) => world.faults.push({ where: 'test', fault }) }));
      const { server: opened, url } = await listen(createServer(server));
      try {
        const at = async (path: string) => (await fetch(`${url}${path}`)).text();
        const index = await at('/sitemap.xml');
        expect(index).to.include('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">');
        const files = [...index.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, loc]) =>
          String(loc).replace(platform.url, ''),
        );
        const pages: string[] = [];
        for (const file of files)
          for (const [, loc] of (await at(file)).matchAll(/<loc>([^<]+)<\/loc>/g)) pages.push(String(loc));
        expect(new Set(pages).size).to.equal(pages.length);
        const whole = await (await raw('/sitemap.xml')).text();
        expect(pages.sort()).to.deep.equal(
          [...whole.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, loc]) => String(loc)).sort(),
        );
        expect(files.length).to.be.greaterThan(2);
        expect((await fetch(`${url}/sitemaps/ffffffff-ffff-7fff-bfff-ffffffffffff.xml`)).status).to.equal(
          404,
        );
        expect((await fetch(`${url}/sitemaps/2.xml`)).status).to.equal(400);
      } finally {
        opened.closeAllConnections();
        opened.close();
      }
    });
  });
});
