import { expect } from 'chai';
import { acting } from '../server/db/open.ts';
import { create } from '../server/domain/campaigns/create.ts';
import { edit } from '../server/domain/campaigns/edit.ts';
import { review } from '../server/domain/campaigns/review.ts';
import { type Stories, stories } from '../server/domain/campaigns/stories.ts';
import { submit } from '../server/domain/campaigns/submit.ts';
import type { CampaignPage, CampaignRequest } from '../server/protocol/campaigns.ts';
import { rupiah } from '../server/protocol/money.ts';
import { person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';

type Wanted = Pick<CampaignRequest, 'title' | 'story' | 'category' | 'beneficiary'>;

const CAMPAIGNS: Wanted[] = [
  {
    title: 'Perahu sekolah untuk Lasori',
    story: 'Anak-anak menyeberang teluk setiap pagi. Sebuah perahu yang kuat membawa mereka belajar.',
    category: 'pendidikan',
    beneficiary: 'Yayasan Ombak Kecil',
  },
  {
    title: 'Air bersih bagi Watugareng',
    story: 'Mata air ada di balik bukit, dan anak sekolah berjalan dua jam untuk mengambilnya.',
    category: 'air-bersih',
    beneficiary: 'Warga Watugareng',
  },
  {
    title: 'A library of books for young readers',
    story: 'Children in the village are reading under one lamp. We are building shelves for donated books.',
    category: 'pendidikan',
    beneficiary: 'Rumah Baca Cahaya',
  },
  {
    title: 'Klinik ibu dan anak di Café Baru',
    story: 'Sebuah klinik kecil melayani para ibu yang melahirkan jauh dari kota.',
    category: 'kesehatan',
    beneficiary: 'Bidan Désirée',
  },
];

describe('searching for campaigns', () => {
  let platform: TestPlatform;
  let rendering: Stories;
  let owner: Awaited<ReturnType<typeof person>>;
  let moderator: Awaited<ReturnType<typeof person>>;

  const draft = async (wanted: Wanted): Promise<string> => {
    const endsOn = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    const { db, bus, now } = platform.house;
    return create({ db, bus, now, stories: rendering }, owner, {
      ...wanted,
      goal: rupiah(10_000_000),
      endsOn,
      timezone: 'Asia/Jakarta',
    });
  };
  const publish = async (id: string): Promise<void> => {
    await submit(platform.house, owner, id);
    await review(platform.house, moderator, id, { decision: 'approve', note: '' });
  };

  before(async () => {
    platform = await startPlatform();
    rendering = stories();
    owner = await person(platform.house.db, 'Budi');
    moderator = await person(platform.house.db, 'Citra', 'moderator');
    for (const campaign of CAMPAIGNS) await publish(await draft(campaign));
    await draft({ ...(CAMPAIGNS[0] as Wanted), title: 'Perahu rahasia yang belum terbit' });
  });
  after(async () => {
    await rendering.close();
    await platform.close();
  });

  const ask = async (query: Record<string, string>): Promise<{ status: number; page: CampaignPage }> => {
    const answer = await fetch(`${platform.url}/api/v1/campaigns?${new URLSearchParams(query)}`);
    return { status: answer.status, page: (await answer.json()) as CampaignPage };
  };
  const found = async (q: string, more: Record<string, string> = {}): Promise<string[]> =>
    (await ask({ q, ...more })).page.items.map(({ title }) => title.split(' ')[0] ?? '');

  it('finds a word under its other forms, in Indonesian and in English', async () => {
    expect(await found('melayani')).to.deep.equal(['Klinik']);
    expect(await found('pelayanan')).to.deep.equal(['Klinik']);
    expect(await found('book')).to.deep.equal(['A']);
    expect(await found('reader')).to.deep.equal(['A']);
    expect(await found('built')).to.deep.equal([]);
    expect(await found('shelf shelves')).to.deep.equal([]);
    expect(await found('shelve')).to.deep.equal(['A']);
  });

  it('finds what somebody is still typing', async () => {
    for (const typed of ['wa', 'watu', 'watugar', 'WatuGareng'])
      expect(await found(typed), typed).to.include('Air');
  });

  it('finds names with their accents left out, and with them', async () => {
    expect(await found('cafe')).to.deep.equal(['Klinik']);
    expect(await found('café')).to.deep.equal(['Klinik']);
    expect(await found('desiree')).to.deep.equal(['Klinik']);
  });

  it('puts a word of the title before a word of the story, and asks for every word', async () => {
    expect(await found('sekolah')).to.deep.equal(['Perahu', 'Air']);
    expect(await found('sekolah bukit')).to.deep.equal(['Air']);
    expect(await found('sekolah di lasori')).to.deep.equal(['Perahu']);
  });

  it('finds by who receives and by what it is for', async () => {
    expect(await found('ombak')).to.deep.equal(['Perahu']);
    expect(await found('bersih')).to.deep.equal(['Air']);
  });

  it('keeps to a category, and to another order that is asked for', async () => {
    expect(await found('anak', { category: 'pendidikan' })).to.deep.equal(['Perahu']);
    expect(await found('sekolah', { sort: 'newest' })).to.deep.equal(['Air', 'Perahu']);
    expect((await ask({ sort: 'relevance' })).page.items).to.have.length(4);
  });

  it('pages through what it found and repeats nothing', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { page }: { page: CampaignPage } = await ask({
        q: 'anak',
        limit: '1',
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).to.have.length(3);
    expect(new Set(seen).size).to.equal(3);
  });

  it('shows no draft', async () => {
    expect(await found('rahasia')).to.deep.equal([]);
  });

  it('follows a campaign that is edited', async () => {
    const id = await draft({ ...(CAMPAIGNS[1] as Wanted), title: 'Sumur dalam bagi Bukitlama' });
    await edit({ ...platform.house, stories: rendering }, owner, id, { title: 'Pompa surya bagi Bukitlama' });
    await publish(id);
    expect(await found('sumur')).to.deep.equal([]);
    expect(await found('pompa')).to.deep.equal(['Pompa']);
  });

  it('takes whatever is typed as words, never as a query', async () => {
    for (const typed of [
      "':*&|!()",
      "a' & 'b",
      'sekolah & | !',
      '<->',
      '\\',
      "'; drop table sk.campaigns; --",
      '%',
      '_',
    ])
      expect((await ask({ q: typed })).status, typed).to.equal(200);
    expect(await found('sekolah & | !bukit')).to.deep.equal(['Pompa', 'Air']);
    expect((await ask({ q: 'x'.repeat(10_000) })).status).to.equal(400);
    expect((await ask({ q: Array.from({ length: 50 }, (_, i) => `w${i}`).join('') })).status).to.equal(400);
  });

  it('helps whoever found nothing: with the title that was mistyped, or else with the newest', async () => {
    const mistyped = (await ask({ q: 'watugarng' })).page;
    expect(mistyped.items).to.deep.equal([]);
    expect(mistyped.suggestions?.[0]?.title).to.equal('Air bersih bagi Watugareng');
    const strange = (await ask({ q: 'zzzzqqqq' })).page;
    expect(strange.suggestions).to.have.length(3);
    expect(strange.suggestions?.[0]?.title).to.equal('Pompa surya bagi Bukitlama');
    expect((await ask({ q: 'sekolah' })).page).not.to.have.property('suggestions');
    expect((await ask({ category: 'hewan' })).page).not.to.have.property('suggestions');
  });

  it('reads an index, however many campaigns there are', async () => {
    const plan = await acting(platform.house.db, 'system', 'test', async (tx) => {
      await tx.none('set local enable_seqscan = off');
      return tx.any<{ 'QUERY PLAN': string }>(
        "explain select id from sk.campaigns where search @@ sk.search_query('sekolah')",
      );
    });
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).to.match(/campaigns_search/);
  });
});
