import { createServer } from 'node:http';
import { crc32, deflateSync } from 'node:zlib';
import { expect } from 'chai';
import express from 'express';
import fc from 'fast-check';
import sharp from 'sharp';
import { inProcessBus } from '../server/bus.ts';
import { acting, closeDb, type Db, openDb, snapshot } from '../server/db/open.ts';
import { revocations } from '../server/domain/accounts/revocations.ts';
import { tokens } from '../server/domain/accounts/tokens.ts';
import { DAYS_AHEAD_MAX, endOf } from '../server/domain/campaigns/calendar.ts';
import { UNFINISHED_MAX } from '../server/domain/campaigns/create.ts';
import { END_BATCH_MAX, endDue } from '../server/domain/campaigns/end-due.ts';
import { pictureEncoder } from '../server/domain/campaigns/picture-encoder.ts';
import { purgePictures } from '../server/domain/campaigns/set-picture.ts';
import { SLUG_MAX, slugOf } from '../server/domain/campaigns/slug.ts';
import { readCampaignState, readTeamRole } from '../server/domain/campaigns/state.ts';
import { type Stories, stories } from '../server/domain/campaigns/stories.ts';
import { renderStory } from '../server/domain/campaigns/story.ts';
import type { Refusal } from '../server/domain/refusal.ts';
import { campaigns } from '../server/http/campaigns.ts';
import { authenticate } from '../server/http/guards/authenticate.ts';
import { pictures } from '../server/http/pictures.ts';
import { problem } from '../server/http/problem.ts';
import type { StaffRole } from '../server/protocol/accounts.ts';
import type { CampaignPage, CampaignView, TeamRole, Timezone } from '../server/protocol/campaigns.ts';
import { campaignFeed, MODERATION, type News, ownerFeed } from '../server/protocol/feeds.ts';
import type { Problem } from '../server/protocol/problems.ts';
import { type FreshDatabase, freshDatabase } from './support/database.ts';
import { listen, person } from './support/house.ts';
import { until } from './support/until.ts';

type Person = { userId: string; token: string };
type Said = { type: string; data: Record<string, unknown> };

const NOON = new Date('2026-03-02T05:00:00.000Z');
const STORY = 'Tiga ratus keluarga mengambil air dari sungai yang **keruh** setiap hari.';
const request = {
  title: 'Sumur untuk Desa Wae Rebo',
  story: STORY,
  category: 'air-bersih',
  goal: { amount: 25_000_000, currency: 'IDR' },
  endsOn: '2026-04-30',
  timezone: 'Asia/Makassar',
  beneficiary: 'Warga Desa Wae Rebo',
};

describe('campaigns', () => {
  let database: FreshDatabase;
  let db: Db;
  let url: string;
  let renderer: Stories;
  let close: () => void;
  let clock = NOON;
  const now = (): Date => clock;
  const faults: unknown[] = [];
  const heard: News[] = [];
  const bus = inProcessBus({ onFault: (fault) => faults.push(fault) });
  const house = () => ({ db, bus, now });
  const keys = tokens({ secrets: { a: 'x'.repeat(32) }, signWith: 'a', revocations: revocations() });

  let budi: Person;
  let citra: Person;
  let stranger: Person;

  before(async () => {
    database = await freshDatabase();
    db = openDb({ url: database.appUrl, max: 10, name: 'test' });
    bus.subscribe((news) => heard.push(news));
    renderer = stories({ queueMax: 100 });
    const app = express();
    app.disable('etag');
    app.use(authenticate({ tokens: keys }), express.json());
    app.use('/api/v1/campaigns', campaigns({ ...house(), stories: renderer, encode: pictureEncoder() }));
    app.use('/pictures', pictures({ db }));
    app.use(problem({ onFault: (fault) => faults.push(fault) }));
    const web = await listen(createServer(app));
    url = web.url;
    close = () => {
      web.server.close();
      web.server.closeAllConnections();
    };
    citra = await join('Citra', 'moderator');
    stranger = await join('Orang Lain');
  });
  after(async () => {
    close();
    await renderer.close();
    await closeDb(db);
    await database.drop();
  });
  beforeEach(async () => {
    clock = NOON;
    budi = await join('Budi Santoso');
  });
  afterEach(async () => {
    expect(faults.splice(0)).to.deep.equal([]);
    const gaps = await db.any(
      `select f.name from sk.feeds f left join sk.feed_events e on e.feed = f.name
       group by f.name having count(e.seq) <> f.head or coalesce(max(e.seq), 0) <> f.head`,
    );
    expect(gaps, 'feeds with a gap').to.deep.equal([]);
  });

  async function join(name: string, ...roles: StaffRole[]): Promise<Person> {
    const { userId, family } = await person(db, name, ...roles);
    const { accessToken } = keys.issue({ userId, roles, family, at: new Date() });
    return { userId, token: accessToken };
  }

  const ask = (
    who: Person | null,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) =>
    fetch(url + path, {
      method,
      headers: {
        ...(who ? { authorization: `Bearer ${who.token}` } : {}),
        ...(body === undefined || Buffer.isBuffer(body) ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
    });

  /** The campaign that a call answers with; anything but a success fails the test. */
  async function done(
    who: Person | null,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<CampaignView> {
    const response = await ask(who, method, `/api/v1/campaigns${path}`, body);
    const answer = (await response.json()) as { campaign: CampaignView };
    expect(response.status, JSON.stringify(answer)).to.equal(method === 'POST' && path === '' ? 201 : 200);
    return answer.campaign;
  }

  /** How a call is refused: its code, and the paths that are at fault. */
  async function refused(who: Person | null, method: string, path: string, body?: unknown): Promise<string> {
    const response = await ask(who, method, `/api/v1/campaigns${path}`, body);
    expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/);
    const { code, errors, status } = (await response.json()) as Problem;
    expect(status).to.equal(response.status);
    return [code, ...(errors ?? []).map((error) => error.path)].join(' ');
  }

  const draft = (more: object = {}, who = budi): Promise<CampaignView> =>
    done(who, 'POST', '', { ...request, ...more });
  const submitted = async (more: object = {}, who = budi): Promise<CampaignView> =>
    done(who, 'POST', `/${(await draft(more, who)).id}/submit`);
  const approve = (id: string, who = citra) =>
    done(who, 'POST', `/${id}/review`, { decision: 'approve', note: '' });
  const rejection = { decision: 'reject', note: 'Mohon jelaskan siapa penerimanya.' };
  const live = async (more: object = {}, who = budi): Promise<CampaignView> =>
    approve((await submitted(more, who)).id);

  const addToTeam = (id: string, { userId }: Person, role: TeamRole) =>
    db.none('insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, $3)', [
      id,
      userId,
      role,
    ]);
  const give = (campaignId: string, giftMinor: number) =>
    acting(db, 'system', 'test.give', (tx) =>
      tx.donations.count({
        paid: [],
        changes: [{ campaignId, giftMinor: BigInt(giftMinor), tipMinor: 0n, donors: 1 }],
      }),
    );

  const said = async (feed: string): Promise<Said[]> =>
    (await db.feeds.since(feed, 0, 500)).map(({ type, data }) => ({ type, data: data as Said['data'] }));
  const saidOf = async (feed: string, id: string): Promise<Said[]> =>
    (await said(feed)).filter(({ data }) => data.id === id);
  const statuses = async (id: string) =>
    (await said(ownerFeed(id))).map(({ data }) => data.status).filter(Boolean);

  describe('a draft', () => {
    it('is begun by anyone who is signed in, and is theirs', async () => {
      const campaign = await draft({ permitNumber: ' 123/HUK-PS/2026 ' });
      expect(campaign).to.include({
        title: request.title,
        status: 'draft',
        donorCount: 0,
        endsOn: '2026-04-30',
        endsAt: '2026-04-30T16:00:00.000Z',
        ownerName: 'Budi Santoso',
        permitNumber: '123/HUK-PS/2026',
        picture: null,
        createdAt: NOON.toISOString(),
      });
      expect(campaign.goal).to.deep.equal(request.goal);
      expect(campaign.raised).to.deep.equal({ amount: 0, currency: 'IDR' });
      expect(campaign.story).to.equal(
        '<p>Tiga ratus keluarga mengambil air dari sungai yang <strong>keruh</strong> setiap hari.</p>\n',
      );
      expect(campaign.team).to.deep.equal({
        role: 'owner',
        storyMarkdown: STORY,
        reviewNote: null,
        submittedAt: null,
      });
    });

    it('has its feeds, its totals, its team and its account in the books from the start', async () => {
      const { id, feed } = await draft();
      expect(feed.name).to.equal(campaignFeed(id));
      expect(await db.feeds.head(campaignFeed(id))).to.include({ epoch: feed.epoch, head: 0 });
      expect(await said(ownerFeed(id))).to.deep.equal([
        { type: 'campaign.status', data: { status: 'draft' } },
      ]);
      expect(
        await db.one('select raised_minor, donor_count from sk.campaign_totals where campaign_id = $1', id),
      ).to.deep.equal({ raised_minor: 0n, donor_count: 0 });
      expect(
        await db.one('select type, campaign_id from sk.accounts where code = $1', `campaign_payable:${id}`),
      ).to.deep.equal({ type: 'liability', campaign_id: id });
      expect(await acting(db, 'system', 'test.role', (tx) => readTeamRole(tx, id, budi.userId))).to.equal(
        'owner',
      );
      expect(await acting(db, 'system', 'test.role', (tx) => readTeamRole(tx, id, stranger.userId))).to.equal(
        null,
      );
    });

    it('is seen by its team and by moderators, and to everyone else it does not exist', async () => {
      const { id, slug } = await draft();
      const viewer = await join('Penonton');
      await addToTeam(id, viewer, 'viewer');
      expect((await done(budi, 'GET', `/${slug}`)).team?.role).to.equal('owner');
      expect((await done(viewer, 'GET', `/${id}`)).team?.role).to.equal('viewer');
      expect((await done(citra, 'GET', `/${id}`)).team).to.include({ role: null, storyMarkdown: STORY });
      for (const who of [null, stranger, await join('Dewi', 'finance', 'auditor')]) {
        expect(await refused(who, 'GET', `/${id}`)).to.equal('not-found');
        expect(await refused(who, 'GET', `/${slug}`)).to.equal('not-found');
      }
      for (const [method, path] of [
        ['PATCH', ''],
        ['POST', '/submit'],
        ['POST', '/review'],
        ['POST', '/pause'],
        ['POST', '/resume'],
      ] as const) {
        const body = path === '/review' ? rejection : { title: 'Judul yang lain' };
        expect(await refused(null, method, `/${id}${path}`, body), path).to.equal('unauthenticated');
        expect(await refused(stranger, method, `/${id}${path}`, body), path).to.equal('not-found');
      }
      expect(await snapshot(db, 'guest', 'test.state', (tx) => readCampaignState(tx, id))).to.equal(null);
    });

    it('is refused with the path of each fault, and nothing is written', async () => {
      const count = () => db.one('select count(*) from sk.campaigns');
      const before = await count();
      expect(await refused(null, 'POST', '', request)).to.equal('unauthenticated');
      expect(await refused(budi, 'POST', '', {})).to.equal(
        'invalid-input title story category goal endsOn timezone beneficiary',
      );
      expect(
        await refused(budi, 'POST', '', {
          ...request,
          title: 'Pendek',
          category: 'senjata',
          goal: { amount: 99.5, currency: 'USD' },
          timezone: 'Europe/Paris',
          status: 'live',
        }),
      ).to.equal('invalid-input title category goal.amount goal.amount goal.currency timezone status');
      for (const endsOn of [
        '2026-02-30',
        '30-04-2026',
        '2026-4-30',
        'besok',
        '2026-04-31',
        '2026-04-30T00:00:00Z',
      ]) {
        expect(await refused(budi, 'POST', '', { ...request, endsOn }), endsOn).to.equal(
          'invalid-input endsOn',
        );
      }
      expect(await refused(budi, 'POST', '', { ...request, title: 'Sumur\u202eterbalik' })).to.equal(
        'invalid-input title',
      );
      expect(
        (
          await ask(budi, 'POST', '/api/v1/campaigns', Buffer.from('{'), {
            'content-type': 'application/json',
          })
        ).status,
      ).to.equal(400);
      expect(await count()).to.deep.equal(before);
    });

    it('is one of a bounded number that one person has unfinished, however fast they ask', async () => {
      const eager = await join('Terlalu Rajin');
      const answers = await Promise.all(
        Array.from({ length: UNFINISHED_MAX + 5 }, async (_, n) => {
          const body = { ...request, title: `Kampanye nomor ${n} yang rajin` };
          return (await ask(eager, 'POST', '/api/v1/campaigns', body)).status;
        }),
      );
      expect(answers.filter((status) => status === 201)).to.have.length(UNFINISHED_MAX);
      expect(answers.filter((status) => status === 409)).to.have.length(5);
    });

    it('cannot be begun by whoever was banned after their token was issued', async () => {
      const banned = await join('Terlarang');
      await acting(db, 'system', 'test.ban', (tx) =>
        tx.none('update sk.users set banned_at = now() where id = $1', banned.userId),
      );
      expect(await refused(banned, 'POST', '', request)).to.equal('unauthenticated');
    });
  });

  describe('an address', () => {
    it('is the title in plain words', () => {
      expect(slugOf('  Bantu Pak Ké’jo: Operasi Jantung!! (2026) ')).to.equal(
        'bantu-pak-kejo-operasi-jantung-2026',
      );
      expect(slugOf("Sedekah Jum'at — Panti Asuhan Nūr")).to.equal('sedekah-jumat-panti-asuhan-nur');
      expect(slugOf('帮助我们的村庄')).to.equal('kampanye');
      expect(slugOf('0190a5d0-ac96-774b-bcce-b302099a8057')).to.equal(
        'kampanye-0190a5d0-ac96-774b-bcce-b302099a8057',
      );
    });

    it('fits its bound and the database’s own rule, whatever the title', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (title) => {
          const slug = slugOf(title);
          expect(slug).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
          expect(slug.length).to.be.at.most(SLUG_MAX - 7);
        }),
      );
    });

    it('is taken once, also when many take it in the same moment', async () => {
      const others = await Promise.all(Array.from({ length: 12 }, (_, n) => join(`Pemilik ${n}`)));
      const made = await Promise.all(
        others.map((who) => draft({ title: 'Rumah Baca Kampung Nelayan' }, who)),
      );
      const numbers = made.map(({ slug }) =>
        Number(slug.replace('rumah-baca-kampung-nelayan', '').slice(1) || '1'),
      );
      expect(numbers.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 12 }, (_, n) => n + 1));
      expect((await draft({ title: 'Rumah Baca Kampung Nelayan 2' })).slug).to.equal(
        'rumah-baca-kampung-nelayan-2-2',
      );
      expect((await draft({ title: 'Rumah Baca Kampung' })).slug).to.equal('rumah-baca-kampung');
    });

    it('follows the title, and the address that was given away still leads there', async () => {
      const { id, slug } = await draft({ title: 'Perahu untuk nelayan' });
      const title = 'Perahu dan jaring untuk nelayan';
      const renamed = await done(budi, 'PATCH', `/${id}`, { title });
      expect(renamed).to.include({ slug: 'perahu-dan-jaring-untuk-nelayan', title });
      expect(await done(budi, 'GET', `/${slug.toUpperCase()}`)).to.include({ id, slug: renamed.slug });
    });
  });

  describe('the last day', () => {
    const ZONES: [Timezone, string][] = [
      ['Asia/Jakarta', '2026-03-10T17:00:00.000Z'],
      ['Asia/Makassar', '2026-03-10T16:00:00.000Z'],
      ['Asia/Jayapura', '2026-03-10T15:00:00.000Z'],
    ];
    for (const [timezone, midnight] of ZONES) {
      it(`counts to its end in ${timezone}`, async () => {
        clock = new Date(Date.parse(midnight) - 1);
        const { id, endsAt } = await draft({ endsOn: '2026-03-10', timezone });
        expect(endsAt).to.equal(midnight);
        await done(budi, 'POST', `/${id}/submit`);
        await approve(id);
        await endDue(house());
        expect((await done(null, 'GET', `/${id}`)).status).to.equal('live');
        const waiting = await draft({ endsOn: '2026-03-10', timezone });

        clock = new Date(midnight);
        expect(await refused(budi, 'POST', '', { ...request, endsOn: '2026-03-10', timezone })).to.equal(
          'invalid-input endsOn',
        );
        expect(await refused(budi, 'POST', `/${waiting.id}/submit`)).to.equal('invalid-input endsOn');
        await endDue(house());
        expect((await done(null, 'GET', `/${id}`)).status).to.equal('ended');
      });

      it(`lies at most ${DAYS_AHEAD_MAX} days ahead, counted in ${timezone}`, async () => {
        // One millisecond before midnight it is still the 10th there, and 366 days later is 11 March 2027.
        clock = new Date(Date.parse(midnight) - 1);
        expect((await draft({ endsOn: '2027-03-11', timezone })).endsOn).to.equal('2027-03-11');
        expect(await refused(budi, 'POST', '', { ...request, endsOn: '2027-03-12', timezone })).to.equal(
          'invalid-input endsOn',
        );
        clock = new Date(midnight);
        expect((await draft({ endsOn: '2027-03-12', timezone })).endsOn).to.equal('2027-03-12');
      });
    }

    it('ends at the same instant by our reckoning and by the database’s', async () => {
      const rows = await db.any<{ day: string; zone: Timezone; at: Date }>(
        `select day::date as day, zone, (day::date + 1)::timestamp at time zone zone as at
         from generate_series('2026-01-01'::timestamp, '2028-12-31', '13 days') day,
           unnest(array['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura']) zone`,
      );
      expect(rows.length).to.be.greaterThan(200);
      for (const { day, zone, at } of rows) expect(endOf(day, zone)).to.deep.equal(at);
    });
  });

  describe('a change', () => {
    it('is made by the owner and by editors, not by viewers, and not by moderators', async () => {
      const { id } = await draft();
      const [editor, viewer] = [await join('Penyunting'), await join('Penonton')];
      await addToTeam(id, editor, 'editor');
      await addToTeam(id, viewer, 'viewer');
      expect((await done(editor, 'PATCH', `/${id}`, { beneficiary: 'Warga dusun' })).beneficiary).to.equal(
        'Warga dusun',
      );
      for (const who of [viewer, citra]) {
        expect(await refused(who, 'PATCH', `/${id}`, { beneficiary: 'Saya sendiri' })).to.equal('forbidden');
        expect(await refused(who, 'POST', `/${id}/submit`)).to.equal('forbidden');
      }
      expect((await done(budi, 'GET', `/${id}`)).beneficiary).to.equal('Warga dusun');
    });

    it('may touch everything in a draft and in a rejected campaign', async () => {
      const { id } = await draft();
      const change = {
        title: 'Sumur dan pipa untuk Wae Rebo',
        story: 'Cerita baru yang cukup panjang untuk _diterima_ oleh semua orang.',
        category: 'sosial',
        goal: { amount: 30_000_000, currency: 'IDR' },
        endsOn: '2026-05-01',
        timezone: 'Asia/Jayapura',
        beneficiary: 'Warga dua desa',
        permitNumber: 'HUK-77',
      };
      expect(await done(budi, 'PATCH', `/${id}`, change)).to.deep.include({
        ...change,
        story: '<p>Cerita baru yang cukup panjang untuk <em>diterima</em> oleh semua orang.</p>\n',
        endsAt: '2026-05-01T15:00:00.000Z',
      });
      expect((await done(budi, 'PATCH', `/${id}`, { permitNumber: null })).permitNumber).to.equal(null);
      expect(await statuses(id)).to.deep.equal(['draft', 'draft', 'draft']);
      expect(await said(campaignFeed(id))).to.deep.equal([]);
      await done(budi, 'POST', `/${id}/submit`);
      await done(citra, 'POST', `/${id}/review`, rejection);
      expect((await done(budi, 'PATCH', `/${id}`, { title: request.title })).title).to.equal(request.title);
    });

    it('is refused with its paths, and an empty one too', async () => {
      const { id } = await draft();
      expect(await refused(budi, 'PATCH', `/${id}`, {})).to.match(/^invalid-input/);
      expect(await refused(budi, 'PATCH', `/${id}`, { endsOn: '2026-03-01' })).to.equal(
        'invalid-input endsOn',
      );
      // In Jayapura the day that is named here is over, in Makassar it is not.
      clock = new Date('2026-04-30T15:30:00Z');
      expect(await refused(budi, 'PATCH', `/${id}`, { timezone: 'Asia/Jayapura' })).to.equal(
        'invalid-input endsOn',
      );
      expect(await refused(budi, 'PATCH', `/${id}`, { slug: 'punya-saya' })).to.equal('invalid-input slug');
      expect(await refused(budi, 'PATCH', '/bukan-id', { title: 'Judul yang baik' })).to.equal(
        'invalid-input id',
      );
      expect(
        await refused(budi, 'PATCH', '/0190a5d0-ac96-774b-bcce-b302099a8057', { title: 'Judul yang baik' }),
      ).to.equal('not-found');
    });

    it('waits while a moderator reads', async () => {
      const { id } = await submitted();
      expect(await refused(budi, 'PATCH', `/${id}`, { title: 'Sesuatu yang lain' })).to.equal('conflict');
      expect((await done(budi, 'GET', `/${id}`)).title).to.equal(request.title);
    });

    it('of a live campaign leaves alone what people gave for', async () => {
      const { id } = await live();
      expect(
        await refused(budi, 'PATCH', `/${id}`, {
          title: 'Mobil baru untuk saya',
          category: 'sosial',
          goal: { amount: 99_000_000, currency: 'IDR' },
          timezone: 'Asia/Jakarta',
          beneficiary: 'Saya sendiri',
        }),
      ).to.equal('conflict title category goal.amount timezone beneficiary');
      expect(await refused(budi, 'PATCH', `/${id}`, { endsOn: '2026-04-29' })).to.equal('conflict endsOn');
      expect(await refused(budi, 'PATCH', `/${id}`, { endsOn: '2027-12-31' })).to.equal(
        'invalid-input endsOn',
      );

      // The page may send its whole form: what says the same as before is no change.
      const changed = await done(budi, 'PATCH', `/${id}`, {
        ...request,
        endsOn: '2026-05-10',
        permitNumber: 'HUK-9',
      });
      expect(changed).to.include({ endsOn: '2026-05-10', permitNumber: 'HUK-9', title: request.title });
      expect((await said(campaignFeed(id))).at(-1)).to.deep.equal({
        type: 'campaign.updated',
        data: {
          title: request.title,
          goal: request.goal,
          endsOn: '2026-05-10',
          endsAt: '2026-05-10T16:00:00.000Z',
          status: 'live',
          picture: null,
        },
      });
    });

    it('that changes nothing says nothing', async () => {
      const { id, feed } = await live();
      const before = await said(ownerFeed(id));
      expect((await done(budi, 'PATCH', `/${id}`, request)).feed.head).to.equal(feed.head);
      expect(await said(ownerFeed(id))).to.deep.equal(before);
    });

    it('is lost to none of those who change at the same time, and each is numbered', async () => {
      const { id } = await live();
      const before = (await done(null, 'GET', `/${id}`)).feed.head;
      await Promise.all([
        ...Array.from({ length: 8 }, (_, n) =>
          done(budi, 'PATCH', `/${id}`, { endsOn: `2026-06-${10 + n}` }).catch(() => null),
        ),
        done(budi, 'PATCH', `/${id}`, { permitNumber: 'HUK-2026' }),
        done(budi, 'PATCH', `/${id}`, { story: 'Cerita yang diubah pada saat yang sama, cukup panjang.' }),
      ]);
      const { endsOn, permitNumber, team, feed } = await done(budi, 'GET', `/${id}`);
      expect({ endsOn, permitNumber, story: team?.storyMarkdown }).to.deep.equal({
        endsOn: '2026-06-17',
        permitNumber: 'HUK-2026',
        story: 'Cerita yang diubah pada saat yang sama, cukup panjang.',
      });
      // An earlier day that came after a later one was refused; every other change is one event.
      const updates = (await said(campaignFeed(id))).slice(before);
      expect(updates).to.have.length(feed.head - before);
      expect(updates.at(-1)?.data.endsOn).to.equal('2026-06-17');
      const days = updates.map(({ data }) => String(data.endsOn));
      expect(days).to.deep.equal([...days].sort());
    });
  });

  describe('a review', () => {
    it('is asked for by the team, from a draft or after a rejection', async () => {
      const { id, slug, title } = await draft({ title: 'Perpustakaan keliling Flores' });
      const waiting = await done(budi, 'POST', `/${id}/submit`);
      expect(waiting.status).to.equal('in_review');
      expect(waiting.team?.submittedAt).to.equal(NOON.toISOString());
      expect(await refused(budi, 'POST', `/${id}/submit`)).to.equal('conflict');
      expect(await saidOf(MODERATION, id)).to.deep.equal([
        { type: 'campaign.submitted', data: { id, slug, title } },
      ]);
      expect(await statuses(id)).to.deep.equal(['draft', 'in_review']);
      await until(() =>
        heard.some(
          ({ feed, events }) =>
            feed === MODERATION && events.some((e) => (e.data as { id: string }).id === id),
        ),
      );
    });

    it('publishes the campaign, and everyone who may know hears of it', async () => {
      const { id, slug } = await submitted({ title: 'Seragam untuk anak panti' });
      const guest = await ask(null, 'GET', `/api/v1/campaigns/${slug}`);
      expect(guest.status).to.equal(404);
      const published = await approve(id);
      expect(published.status).to.equal('live');
      const seen = await done(null, 'GET', `/${slug}`);
      expect(seen).to.not.have.property('team');
      expect(seen.feed).to.include({ name: campaignFeed(id), head: 1 });
      expect((await said(campaignFeed(id))).map(({ type, data }) => [type, data.status])).to.deep.equal([
        ['campaign.updated', 'live'],
      ]);
      expect(await said(ownerFeed(id))).to.deep.include.members([
        { type: 'campaign.reviewed', data: { decision: 'approve', note: '' } },
        { type: 'campaign.status', data: { status: 'live' } },
      ]);
      expect((await saidOf(MODERATION, id)).at(-1)).to.deep.equal({
        type: 'campaign.reviewed',
        data: { id, decision: 'approve' },
      });
      expect(await snapshot(db, 'guest', 'test.state', (tx) => readCampaignState(tx, id))).to.deep.equal({
        totals: { raised: { amount: 0, currency: 'IDR' }, donorCount: 0 },
        title: 'Seragam untuk anak panti',
        goal: request.goal,
        endsOn: request.endsOn,
        endsAt: '2026-04-30T16:00:00.000Z',
        status: 'live',
        picture: null,
      });
      const numbers = heard.filter(({ feed }) => feed === campaignFeed(id)).map(({ from, to }) => [from, to]);
      expect(numbers).to.deep.equal([[1, 1]]);
    });

    it('sends a campaign back with a note, which its team reads and nobody else', async () => {
      const { id } = await submitted();
      const back = await done(citra, 'POST', `/${id}/review`, rejection);
      expect(back.status).to.equal('rejected');
      expect((await done(budi, 'GET', `/${id}`)).team?.reviewNote).to.equal(rejection.note);
      expect(await refused(stranger, 'GET', `/${id}`)).to.equal('not-found');
      expect((await said(ownerFeed(id))).slice(-2)).to.deep.equal([
        { type: 'campaign.reviewed', data: rejection },
        { type: 'campaign.status', data: { status: 'rejected' } },
      ]);
      expect(await said(campaignFeed(id))).to.deep.equal([]);
      expect((await saidOf(MODERATION, id)).at(-1)?.data).to.deep.equal({ id, decision: 'reject' });
      expect((await done(budi, 'POST', `/${id}/submit`)).status).to.equal('in_review');
      expect((await approve(id)).status).to.equal('live');
    });

    it('says no only with a reason', async () => {
      const { id } = await submitted();
      for (const note of ['', 'Tidak.', '  jelek   ']) {
        expect(await refused(citra, 'POST', `/${id}/review`, { decision: 'reject', note })).to.equal(
          'invalid-input note',
        );
      }
      expect(
        await refused(citra, 'POST', `/${id}/review`, { decision: 'mungkin', note: rejection.note }),
      ).to.equal('invalid-input decision');
      expect((await done(budi, 'GET', `/${id}`)).status).to.equal('in_review');
    });

    it('is a moderator’s, and never one of the campaign’s own team', async () => {
      const { id } = await submitted();
      const insider = await join('Moderator Tim', 'moderator', 'admin');
      await addToTeam(id, insider, 'viewer');
      expect(await refused(budi, 'POST', `/${id}/review`, rejection)).to.equal('forbidden');
      expect(await refused(insider, 'POST', `/${id}/review`, { decision: 'approve' })).to.equal('forbidden');
      const seen = await live();
      expect(await refused(stranger, 'POST', `/${seen.id}/review`, rejection)).to.equal('forbidden');
      expect((await approve(id, await join('Kepala', 'admin'))).status).to.equal('live');
    });

    it('happens once, whoever of two moderators is first', async () => {
      const { id } = await submitted();
      const eko = await join('Eko', 'moderator');
      const statusOf = async (who: Person, body: object) =>
        (await ask(who, 'POST', `/api/v1/campaigns/${id}/review`, body)).status;
      const both = await Promise.all([statusOf(citra, rejection), statusOf(eko, { decision: 'approve' })]);
      expect(both.sort()).to.deep.equal([200, 409]);
      expect(
        (await saidOf(MODERATION, id)).filter(({ type }) => type === 'campaign.reviewed'),
      ).to.have.length(1);
      expect(await db.any('select 1 from sk.campaign_reviews where campaign_id = $1', id)).to.have.length(1);
    });

    it('is refused for a campaign that does not wait for one, or whose last day went by meanwhile', async () => {
      expect(await refused(citra, 'POST', `/${(await draft()).id}/review`, rejection)).to.equal('conflict');
      expect(await refused(citra, 'POST', `/${(await live()).id}/review`, rejection)).to.equal('conflict');
      const { id } = await submitted();
      clock = new Date('2026-04-30T16:00:00Z');
      expect(await refused(citra, 'POST', `/${id}/review`, { decision: 'approve' })).to.equal('conflict');
      expect((await done(citra, 'POST', `/${id}/review`, rejection)).status).to.equal('rejected');
    });
  });

  describe('a pause', () => {
    it('is made and lifted by the owner', async () => {
      const { id, feed } = await live();
      expect(await refused(budi, 'POST', `/${id}/resume`)).to.equal('conflict');
      expect((await done(budi, 'POST', `/${id}/pause`)).status).to.equal('paused');
      expect(await refused(budi, 'POST', `/${id}/pause`)).to.equal('conflict');
      expect((await done(null, 'GET', `/${id}`)).status).to.equal('paused');
      expect((await done(budi, 'PATCH', `/${id}`, { permitNumber: 'HUK-1' })).status).to.equal('paused');
      expect((await done(budi, 'POST', `/${id}/resume`)).status).to.equal('live');
      expect((await said(campaignFeed(id))).slice(feed.head).map(({ data }) => data.status)).to.deep.equal([
        'paused',
        'paused',
        'live',
      ]);
      expect(await statuses(id)).to.deep.equal(['draft', 'in_review', 'live', 'paused', 'paused', 'live']);
    });

    it('by a moderator is lifted by a moderator alone', async () => {
      const { id } = await live();
      await done(budi, 'POST', `/${id}/pause`);
      // The moderator's takes the place of the team's own, which the team could lift.
      await done(citra, 'POST', `/${id}/pause`);
      expect(await refused(budi, 'POST', `/${id}/resume`)).to.equal('forbidden');
      expect(await refused(citra, 'POST', `/${id}/pause`)).to.equal('conflict');
      expect((await done(citra, 'POST', `/${id}/resume`)).status).to.equal('live');
    });

    it('is not for editors, strangers, nor for a moderator of the team who is not its owner', async () => {
      const { id } = await live();
      const [editor, insider] = [await join('Penyunting'), await join('Moderator Tim', 'moderator')];
      await addToTeam(id, editor, 'editor');
      await addToTeam(id, insider, 'editor');
      for (const who of [editor, insider, stranger])
        expect(await refused(who, 'POST', `/${id}/pause`)).to.equal('forbidden');
      expect(await refused(null, 'POST', `/${id}/pause`)).to.equal('unauthenticated');
    });

    it('is for live campaigns, and not lifted after the last day', async () => {
      expect(await refused(budi, 'POST', `/${(await draft()).id}/pause`)).to.equal('conflict');
      const { id } = await live();
      await done(budi, 'POST', `/${id}/pause`);
      clock = new Date('2026-04-30T16:00:00Z');
      expect(await refused(budi, 'POST', `/${id}/resume`)).to.equal('conflict');
    });
  });

  describe('the end', () => {
    it('comes for live and paused campaigns, once, and is final', async () => {
      const owner = await join('Pemilik Usai');
      const [running, held, waiting] = [
        await live({}, owner),
        await live({}, owner),
        await submitted({}, owner),
      ];
      await done(citra, 'POST', `/${held.id}/pause`);
      clock = new Date('2026-04-30T16:00:00Z');
      expect(await endDue(house())).to.be.at.least(2);
      expect(await endDue(house())).to.equal(0);
      for (const { id } of [running, held]) {
        expect((await done(null, 'GET', `/${id}`)).status).to.equal('ended');
        expect((await said(campaignFeed(id))).at(-1)).to.deep.equal({
          type: 'campaign.closed',
          data: { reason: 'ended' },
        });
        expect((await statuses(id)).at(-1)).to.equal('ended');
        expect(await refused(owner, 'PATCH', `/${id}`, { endsOn: '2026-08-01' })).to.equal('conflict');
        expect(await refused(owner, 'POST', `/${id}/submit`)).to.equal('conflict');
        expect(await refused(owner, 'POST', `/${id}/pause`)).to.equal('conflict');
        expect(await refused(citra, 'POST', `/${id}/resume`)).to.equal('conflict');
      }
      expect((await done(owner, 'GET', `/${waiting.id}`)).status).to.equal('in_review');
      await until(() =>
        heard.some(
          ({ feed, events }) =>
            feed === campaignFeed(held.id) && events.some((e) => e.type === 'campaign.closed'),
        ),
      );
    });

    it('comes in batches, and from two jobs at once no campaign ends twice', async () => {
      const count = END_BATCH_MAX * 4 + 7;
      await db.tx(async (tx) => {
        await tx.none(
          `insert into sk.campaigns (id, slug, title, story, category, goal_minor, ends_on, timezone, beneficiary, status,
             owner_name, published_at)
           select gen_random_uuid(), 'banyak-' || n, 'Banyak', '', 'sosial', 1, '2026-01-31', 'Asia/Jakarta', 'x', 'live', 'x', now()
           from generate_series(1, $1) n`,
          count,
        );
        const made = "select id from sk.campaigns where slug like 'banyak-%'";
        await tx.none(`insert into sk.campaign_totals (campaign_id) ${made}`);
        await tx.none(
          `insert into sk.feeds (name) select prefix || id from (${made}) c, unnest(array['campaign:', 'owner:']) prefix`,
        );
      });
      const ended = await Promise.all([endDue(house()), endDue(house())]);
      // One that the other job held is left to the next run.
      const later = await endDue(house());
      expect((ended[0] ?? 0) + (ended[1] ?? 0) + later).to.equal(count);
      const closed = await db.one<{ n: number }>(
        `select count(*)::int as n from sk.feed_events e join sk.campaigns c on e.feed = 'campaign:' || c.id
         where c.slug like 'banyak-%' and e.type = 'campaign.closed'`,
      );
      expect(closed.n).to.equal(count);
    });
  });

  describe('a story', () => {
    /** Fails on whatever is not one of the few tags that may stand in a page, spelled as we spell them. */
    function expectHarmless(html: string): void {
      const rest = html
        .replace(/<\/?(h[234]|p|ul|ol|li|strong|em|blockquote)>|<br \/>/g, '')
        .replace(/<a href="https?:\/\/[^"<>]*" rel="noopener nofollow ugc">|<\/a>/g, '');
      expect(rest, html).to.not.match(/[<>]/);
    }

    it('keeps headings, paragraphs, lists, quotes, emphasis and links', () => {
      expect(
        renderStory(
          '# Satu\n\n##### Lima\n\nbaris\nbaris **tebal** *miring*\n\n- a\n- b\n\n1. c\n\n> kutipan',
        ),
      ).to.equal(
        '<h2>Satu</h2>\n<h4>Lima</h4>\n<p>baris<br />baris <strong>tebal</strong> <em>miring</em></p>\n' +
          '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n</ol>\n<blockquote>\n<p>kutipan</p>\n</blockquote>\n',
      );
      expect(renderStory('[peta](https://example.org/a?b=1&c=2 "judul")')).to.equal(
        '<p><a href="https://example.org/a?b=1&amp;c=2" rel="noopener nofollow ugc">peta</a></p>\n',
      );
      expect(renderStory('[a](/studio) [b](//jahat.example) [c](mailto:a@b.id) [d](#x)')).to.equal(
        '<p>a b c d</p>\n',
      );
      expect(renderStory('![foto](https://example.org/x.png) `kode`')).to.equal('<p>foto kode</p>\n');
    });

    it('is not nested deeper than a browser likes, and loses no word for it', () => {
      const html = renderStory(`${'> '.repeat(300)}teks`);
      expect(html).to.contain('teks');
      expect(html.match(/<blockquote>/g)).to.have.length.within(10, 20);
    });

    it('shows HTML that was typed as the text it is', () => {
      expect(renderStory('Halo <b onclick="x()">dunia</b>')).to.equal(
        '<p>Halo &lt;b onclick="x()"&gt;dunia&lt;/b&gt;</p>\n',
      );
    });

    const ATTACKS = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '<svg/onload=alert(1)>',
      '<svg><script>alert(1)</script></svg>',
      '<iframe src="javascript:alert(1)"></iframe>',
      '<a href="javascript:alert(1)">klik</a>',
      '[klik](javascript:alert(1))',
      '[klik](JaVaScRiPt:alert(1))',
      '[klik](java\tscript:alert(1))',
      '[klik](\u0001javascript:alert(1))',
      '[klik](&#106;avascript:alert(1))',
      '[klik](javascript&colon;alert(1))',
      '[klik](data:text/html;base64,PHNjcmlwdD4=)',
      '[klik](vbscript:msgbox(1))',
      '[klik](https://a.b "x\\" onmouseover=alert(1) y=\\"")',
      '[klik](https://a.b/"onmouseover="alert(1))',
      '[klik](<https://a.b/"><script>alert(1)</script>>)',
      '<javascript:alert(1)>',
      '<https://a.b/"onclick=alert(1)>',
      '![x](x"onerror="alert(1))',
      '![<img src=x onerror=alert(1)>](https://a.b/c.png)',
      '![x](https://a.b/c.png "<script>alert(1)</script>")',
      '[a]: javascript:alert(1)\n\n[a]',
      '```"><script>alert(1)</script>\n<script>alert(1)</script>\n```',
      '`<script>alert(1)</script>`',
      '    <script>alert(1)</script>',
      '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
      '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
      '<form><button formaction=javascript:alert(1)>x</button></form>',
      '<base href="https://jahat.example/">',
      '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
      '<style>@import "https://jahat.example/x.css";</style>',
      '<p style="position:fixed;inset:0">',
      '<!--><img src=x onerror=alert(1)>-->',
      '<![CDATA[<script>alert(1)</script>]]>',
      '<?php echo 1 ?><script>alert(1)</script>',
      '&lt;script&gt;alert(1)&lt;/script&gt;',
      '&#60;script&#62;alert(1)&#60;/script&#62;',
      '<scr<script>ipt>alert(1)</scr</script>ipt>',
      '<a\nhref="https://a.b"\nonclick="alert(1)">x</a>',
      '<xss id=x tabindex=1 onfocus=alert(1)></xss>',
      '# <img src=x onerror=alert(1)>',
      '- <script>alert(1)</script>',
      '> <script>alert(1)</script>',
      '|<script>alert(1)</script>|b|\n|-|-|\n|<img src=x onerror=alert(1)>|d|',
      '~~<script>alert(1)</script>~~',
      '**<script>alert(1)</script>**',
      '<b>'.repeat(200),
    ];
    for (const attack of ATTACKS) {
      it(`is harmless with ${JSON.stringify(attack.slice(0, 60))} in it`, () => {
        expectHarmless(renderStory(attack));
        expectHarmless(renderStory(`teks ${attack} teks\n\n${attack}\n${attack}`));
      });
    }

    it('is harmless whatever the pieces are put together to', () => {
      const pieces = fc.constantFrom(
        ...ATTACKS,
        '<',
        '>',
        '"',
        "'",
        '`',
        '[',
        '](',
        ')',
        '\n',
        '\n\n',
        ' ',
        '\\',
        '&',
        '*',
        '_',
        'https://a.b',
      );
      fc.assert(
        fc.property(fc.array(pieces, { maxLength: 12 }), (parts) =>
          expectHarmless(renderStory(parts.join(''))),
        ),
        { numRuns: 500 },
      );
    });

    it('that a renderer would choke on is refused, and the process answers meanwhile', async () => {
      const { id } = await draft();
      for (const story of ['*a_'.repeat(6_600), '>'.repeat(4_000)]) {
        const slow = refused(budi, 'PATCH', `/${id}`, { story });
        const first = await Promise.race([slow, done(budi, 'GET', `/${id}`).then(() => 'read')]);
        expect(first).to.equal('read');
        expect(await slow).to.equal('invalid-input story');
      }
      expect((await done(budi, 'GET', `/${id}`)).team?.storyMarkdown).to.equal(STORY);
    });

    it('of another’s campaign is not even rendered', async () => {
      const { id } = await draft();
      expect(await refused(stranger, 'PATCH', `/${id}`, { story: '>'.repeat(19_000) })).to.equal('not-found');
    });

    it('waits its turn, up to a bound', async () => {
      const narrow = stories({ queueMax: 1 });
      const all = await Promise.allSettled(Array.from({ length: 4 }, () => narrow.render(STORY)));
      await narrow.close();
      const codes = all.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as Refusal).code));
      expect(codes.filter((code) => code === 'done')).to.not.be.empty;
      expect(codes.at(-1)).to.equal('unavailable');
    });
  });

  describe('a picture', () => {
    const blue = { r: 20, g: 40, b: 120 };
    const image = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: blue } });
    const put = (who: Person | null, id: string, bytes: Buffer, type = 'image/png') =>
      ask(who, 'PUT', `/api/v1/campaigns/${id}/picture`, bytes, { 'content-type': type });
    const set = async (who: Person, id: string, bytes: Buffer, type?: string): Promise<CampaignView> => {
      const response = await put(who, id, bytes, type);
      const answer = (await response.json()) as { campaign: CampaignView };
      expect(response.status, JSON.stringify(answer)).to.equal(200);
      return answer.campaign;
    };
    const refusedPicture = async (
      who: Person | null,
      id: string,
      bytes: Buffer,
      type?: string,
    ): Promise<string> => {
      const { code, errors } = (await (await put(who, id, bytes, type)).json()) as Problem;
      return [code, ...(errors ?? []).map((error) => error.path)].join(' ');
    };
    const count = async () => (await db.one<{ n: number }>('select count(*)::int as n from sk.pictures')).n;

    it('is kept as WebP behind an address that never changes', async () => {
      const { id } = await live();
      const sent = await image(3_200, 2_000).png().toBuffer();
      const { picture, feed } = await set(budi, id, sent);
      if (!picture) throw new Error('no picture');
      expect(picture).to.include({ width: 1_440, height: 900 });
      expect(picture.url).to.match(/^\/pictures\/[0-9a-f-]{36}\.webp$/);
      const response = await ask(null, 'GET', picture.url);
      expect(response.status).to.equal(200);
      expect(Object.fromEntries(response.headers)).to.include({
        'content-type': 'image/webp',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'",
        'x-content-type-options': 'nosniff',
      });
      const meta = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
      expect(meta).to.include({ format: 'webp', width: 1_440, height: 900 });
      const etag = response.headers.get('etag') ?? '';
      const again = await ask(null, 'GET', picture.url, undefined, {
        'if-none-match': etag,
        'cache-control': 'max-age=0',
      });
      expect(again.status).to.equal(304);
      expect((await said(campaignFeed(id))).at(-1)).to.deep.include({ type: 'campaign.updated' });
      expect((await said(campaignFeed(id))).at(-1)?.data.picture).to.deep.equal(picture);
      expect((await db.feeds.head(campaignFeed(id)))?.head).to.equal(feed.head);
    });

    it('is taken as JPEG, PNG, WebP and AVIF, and small ones are not blown up', async () => {
      const { id } = await draft();
      for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
        const { picture } = await set(
          budi,
          id,
          await image(320, 180).toFormat(format).toBuffer(),
          `image/${format}`,
        );
        expect(picture, format).to.include({ width: 320, height: 180 });
      }
      expect((await statuses(id)).slice(1)).to.deep.equal(['draft', 'draft', 'draft', 'draft']);
      expect(await said(campaignFeed(id))).to.deep.equal([]);
    });

    it('stands upright and tells nothing of the telephone that took it', async () => {
      const { id } = await draft();
      const sent = await image(400, 200)
        .withExif({ IFD0: { Copyright: 'rahasia-keluarga' }, IFD3: { GPSLatitude: '8/1 37/1 0/1' } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer();
      expect(sent.includes('rahasia-keluarga')).to.equal(true);
      const { picture } = await set(budi, id, sent, 'image/jpeg');
      expect(picture).to.include({ width: 200, height: 400 });
      const kept = Buffer.from(await (await ask(null, 'GET', picture?.url ?? '')).arrayBuffer());
      expect(kept.includes('rahasia-keluarga')).to.equal(false);
      expect(await sharp(kept).metadata()).to.not.have.any.keys('exif', 'orientation', 'xmp', 'icc');
    });

    /** A one-bit PNG of `side` × `side` black pixels: a true picture, a few kilobytes long. */
    function bomb(side: number): Buffer {
      const chunk = (type: string, data: Buffer) => {
        const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
        const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
        length.writeUInt32BE(data.length);
        sum.writeUInt32BE(crc32(body));
        return Buffer.concat([length, body, sum]);
      };
      const header = Buffer.alloc(13);
      header.writeUInt32BE(side, 0);
      header.writeUInt32BE(side, 4);
      header[8] = 1;
      const rows = deflateSync(Buffer.alloc(side * (Math.ceil(side / 8) + 1)));
      return Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        chunk('IHDR', header),
        chunk('IDAT', rows),
        chunk('IEND', Buffer.alloc(0)),
      ]);
    }

    it('that would fill the memory, or is none, is refused and changes nothing', async () => {
      const { id } = await draft();
      const before = await count();
      const jpeg = await image(400, 300).jpeg().toBuffer();
      const none: [string, Buffer, string?][] = [
        ['a bomb of 144 megapixels', bomb(12_000)],
        ['text', Buffer.from('ini bukan gambar sama sekali')],
        [
          'SVG',
          Buffer.from(
            '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
          ),
        ],
        ['GIF', await image(9, 9).gif().toBuffer()],
        ['TIFF', await image(9, 9).tiff().toBuffer(), 'image/jpeg'],
        [
          'HTML behind the first bytes of a JPEG',
          Buffer.from('\xff\xd8\xff<script>alert(1)</script>', 'latin1'),
          'image/jpeg',
        ],
        ['half a JPEG', jpeg.subarray(0, jpeg.length / 2), 'image/jpeg'],
      ];
      for (const [what, bytes, type] of none) {
        expect(await refusedPicture(budi, id, bytes, type), what).to.equal('invalid-input picture');
      }
      expect(await refusedPicture(budi, id, Buffer.alloc(5 * 1024 * 1024 + 1))).to.equal('too-large');
      expect(await refusedPicture(budi, id, Buffer.from('{}'), 'application/json')).to.equal(
        'unsupported-media',
      );
      expect(await refusedPicture(budi, id, Buffer.from('<svg/>'), 'image/svg+xml')).to.equal(
        'unsupported-media',
      );
      expect(await count()).to.equal(before);
      expect((await done(budi, 'GET', `/${id}`)).picture).to.equal(null);
      // The bomb is a picture like any other where it is small enough.
      expect((await set(budi, id, bomb(800))).picture).to.include({ width: 900 - 100, height: 800 });
    });

    it('is set by whoever may edit, while the campaign may change', async () => {
      const { id } = await submitted();
      const bytes = await image(40, 30).png().toBuffer();
      expect(await refusedPicture(null, id, bytes)).to.equal('unauthenticated');
      expect(await refusedPicture(stranger, id, bytes)).to.equal('not-found');
      expect(await refusedPicture(citra, id, bytes)).to.equal('forbidden');
      expect(await refusedPicture(budi, id, bytes)).to.equal('conflict');
      await approve(id);
      await set(budi, id, bytes);
      clock = new Date('2026-04-30T16:00:00Z');
      await endDue(house());
      expect(await refusedPicture(budi, id, bytes)).to.equal('conflict');
    });

    it('goes a day after another took its place', async () => {
      const { id } = await draft();
      const bytes = await image(40, 30).png().toBuffer();
      const old = (await set(budi, id, bytes)).picture?.url ?? '';
      const shown = (await set(budi, id, bytes)).picture?.url ?? '';
      expect(shown).to.not.equal(old);
      await purgePictures(house());
      expect((await ask(null, 'GET', old)).status).to.equal(200);
      clock = new Date(NOON.getTime() + 25 * 3_600_000);
      expect(await purgePictures(house())).to.be.at.least(1);
      expect((await ask(null, 'GET', old)).status).to.equal(404);
      expect((await ask(null, 'GET', shown)).status).to.equal(200);
      expect((await ask(null, 'GET', '/pictures/../x.webp')).status).to.equal(404);
      expect((await ask(null, 'GET', '/pictures/x.webp')).status).to.equal(404);
    });

    it('waits its turn, up to a bound', async () => {
      const encode = pictureEncoder({ atOnceMax: 1, queueMax: 1 });
      const bytes = await image(64, 64).png().toBuffer();
      const all = await Promise.allSettled([encode(bytes), encode(bytes), encode(bytes)]);
      expect(
        all.map((one) => (one.status === 'fulfilled' ? one.value.width : (one.reason as Refusal).code)),
      ).to.deep.equal([64, 64, 'unavailable']);
      // A picture that fails gives its place back too.
      await encode(Buffer.from('bukan gambar')).catch(() => null);
      expect((await encode(bytes)).height).to.equal(64);
    });
  });

  describe('the list', () => {
    const list = async (query: string, who: Person | null = null): Promise<CampaignPage> => {
      const response = await ask(who, 'GET', `/api/v1/campaigns${query}`);
      const page = (await response.json()) as CampaignPage;
      expect(response.status, JSON.stringify(page)).to.equal(200);
      return page;
    };
    /** Every page from first to last; `between` runs after each. */
    async function walk(
      query: string,
      { who = null as Person | null, between = async () => {} } = {},
    ): Promise<string[]> {
      const slugs: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await list(`${query}${cursor ? `&cursor=${cursor}` : ''}`, who);
        slugs.push(...page.items.map(({ slug }) => slug));
        cursor = page.nextCursor;
        await between();
      } while (cursor);
      return slugs;
    }

    let wati: Person;
    const made: CampaignView[] = [];
    before(async () => {
      clock = NOON;
      // What other stories left behind is over, so that only what is made here is live.
      clock = new Date('2028-01-01T00:00:00Z');
      await endDue(house());
      wati = await join('Wati');
      for (let n = 0; n < 7; n += 1) {
        // Two are published in the same instant, and two end on the same day and have raised the same.
        clock = new Date(NOON.getTime() + Math.min(n, 5) * 1_000);
        const campaign = await live(
          {
            title: n % 2 ? `Beasiswa 50% anak nelayan ${n}` : `Sumur bor dusun ${n}`,
            category: n % 2 ? 'pendidikan' : 'air-bersih',
            beneficiary: n === 4 ? 'Yayasan_Tirta' : 'Warga',
            endsOn: `2026-05-${20 - Math.min(n, 5)}`,
          },
          wati,
        );
        await give(campaign.id, 100_000 * Math.min(n, 5) + 1);
        made.push(campaign);
      }
    });
    const slugs = (...numbers: number[]): string[] => numbers.map((n) => made[n]?.slug ?? '');

    it('shows live campaigns, the last published first, and no word of their teams', async () => {
      const page = await list('');
      expect(page.nextCursor).to.equal(null);
      expect(page.items.map(({ slug }) => slug)).to.deep.equal(slugs(6, 5, 4, 3, 2, 1, 0));
      expect(page.items[0]).to.have.all.keys(
        'id slug title category status goal raised donorCount endsOn endsAt timezone picture beneficiary'.split(
          ' ',
        ),
      );
      expect(page.items[1]).to.deep.include({
        raised: { amount: 500_001, currency: 'IDR' },
        donorCount: 1,
        status: 'live',
      });
    });

    it('sorts by what ends first and by what has raised most', async () => {
      const ending = (await list('?sort=ending')).items.map(({ slug }) => slug);
      expect(ending.slice(0, 2)).to.have.members(slugs(5, 6));
      expect(ending.slice(2)).to.deep.equal(slugs(4, 3, 2, 1, 0));
      expect((await list('?sort=most_raised')).items.map(({ slug }) => slug).slice(2)).to.deep.equal(
        slugs(4, 3, 2, 1, 0),
      );
    });

    for (const sort of ['newest', 'ending', 'most_raised']) {
      it(`pages by ${sort} without losing or repeating any, also where the key is the same`, async () => {
        const whole = (await list(`?sort=${sort}&limit=50`)).items.map(({ slug }) => slug);
        for (const limit of [1, 2, 3, 6, 7]) {
          expect(await walk(`?sort=${sort}&limit=${limit}`), `pages of ${limit}`).to.deep.equal(whole);
        }
      });
    }

    it('does not move under whoever pages while campaigns are published', async () => {
      let n = 0;
      const newcomers: string[] = [];
      const seen = await walk('?limit=2', {
        between: async () => {
          clock = new Date(NOON.getTime() + 60_000 + n * 1_000);
          newcomers.push((await live({ title: `Baru saja terbit ${n++}`, endsOn: '2026-03-31' }, wati)).id);
        },
      });
      expect(seen).to.deep.equal(slugs(6, 5, 4, 3, 2, 1, 0));
      for (const id of newcomers) await done(wati, 'POST', `/${id}/pause`);
    });

    it('leaves out what is paused, ended, or over although no job came by yet', async () => {
      const owner = await join('Pemilik Sementara');
      const { id } = await live({ endsOn: '2026-03-09' }, owner);
      const listed = async () => (await list('?limit=50')).items.some((item) => item.id === id);
      expect(await listed()).to.equal(true);
      await done(owner, 'POST', `/${id}/pause`);
      expect(await listed()).to.equal(false);
      await done(owner, 'POST', `/${id}/resume`);
      clock = new Date('2026-03-09T16:00:00Z');
      expect(await listed()).to.equal(false);
      await endDue(house());
    });

    it('filters by category and by words in title or beneficiary, taken literally', async () => {
      const found = async (query: string) => (await list(query)).items.map(({ slug }) => slug);
      expect(await found('?category=pendidikan')).to.deep.equal(slugs(5, 3, 1));
      expect(await found('?q=NELAYAN%203')).to.deep.equal(slugs(3));
      expect(await found('?q=tirta')).to.deep.equal(slugs(4));
      expect(await found('?q=50%25')).to.deep.equal(slugs(5, 3, 1));
      expect(await found('?q=%25')).to.deep.equal([]);
      expect(await found('?q=_')).to.deep.equal([]);
      expect(await found('?q=%5C')).to.deep.equal([]);
      expect(await found(`?q=${encodeURIComponent("'; drop table sk.campaigns; --")}`)).to.deep.equal([]);
      expect(await found('?q=')).to.have.length(7);
      expect(await walk('?category=pendidikan&q=beasiswa&limit=1')).to.deep.equal(slugs(5, 3, 1));
    });

    it('refuses a cursor that is not its own', async () => {
      const cursor = (await list('?limit=1')).nextCursor ?? '';
      const [, key, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
      const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const bad of [
        'abc',
        '%24',
        cursor.slice(0, -6),
        forged(null),
        forged({}),
        forged(['newest', key]),
        forged(['newest', key, id, 1]),
        forged(['newest', Number(key), id]),
        forged(['newest', `${key} or 1=1`, id]),
        forged(['newest', '9'.repeat(30), id]),
        forged(['newest', '-1', id]),
        forged(['newest', key, 'x']),
        forged(['mine', key, id]),
      ]) {
        expect(await refused(null, 'GET', `?limit=1&cursor=${bad}`), bad).to.equal('invalid-input cursor');
      }
      expect(await refused(null, 'GET', `?sort=ending&cursor=${cursor}`)).to.equal('invalid-input cursor');
      // The furthest that a well-formed one can point to is beyond the last page, and no fault of ours.
      expect((await list(`?cursor=${forged(['newest', '0', id])}`)).items).to.deep.equal([]);
      expect((await list(`?cursor=${forged(['newest', '9'.repeat(18), id])}`)).items).to.have.length(7);
    });

    it('refuses what it does not know', async () => {
      expect(await refused(null, 'GET', '?sort=random')).to.equal('invalid-input sort');
      expect(await refused(null, 'GET', '?limit=0')).to.equal('invalid-input limit');
      expect(await refused(null, 'GET', '?limit=51')).to.equal('invalid-input limit');
      expect(await refused(null, 'GET', '?category=lain')).to.equal('invalid-input category');
      expect(await refused(null, 'GET', '?status=draft')).to.equal('invalid-input status');
      expect(await refused(null, 'GET', '?sort=newest&sort=ending')).to.match(/^invalid-input sort/);
    });

    it('shows everyone their own campaigns in any status', async () => {
      const owner = await join('Punya Tiga');
      const first = await draft({ title: 'Yang pertama dibuat' }, owner);
      clock = new Date(NOON.getTime() + 1_000);
      const second = await submitted({ title: 'Yang kedua dikirim' }, owner);
      clock = new Date(NOON.getTime() + 2_000);
      const third = await draft({ title: 'Yang milik orang lain' });
      await addToTeam(third.id, owner, 'viewer');
      expect(await walk('?scope=mine&limit=1', { who: owner })).to.deep.equal([
        third.slug,
        second.slug,
        first.slug,
      ]);
      expect((await list('?scope=mine&q=kedua', owner)).items.map(({ status }) => status)).to.deep.equal([
        'in_review',
      ]);
      expect((await list('?scope=mine', await join('Tanpa Apa-apa'))).items).to.deep.equal([]);
      expect(await refused(null, 'GET', '?scope=mine')).to.equal('unauthenticated');
    });

    it('shows moderators what waits for review, the longest first', async () => {
      clock = new Date('2026-02-01T00:00:00Z');
      const early = await submitted({ title: 'Sudah lama menunggu' });
      clock = new Date('2026-02-01T00:00:01Z');
      const late = await submitted({ title: 'Baru sebentar menunggu' });
      const queue = await walk('?scope=in_review&limit=1', { who: citra });
      expect(queue.slice(0, 2)).to.deep.equal([early.slug, late.slug]);
      expect(new Set(queue).size).to.equal(queue.length);
      const rejected = await done(citra, 'POST', `/${late.id}/review`, rejection);
      const { items } = await list('?scope=in_review&limit=50', citra);
      expect(items.every(({ status }) => status === 'in_review')).to.equal(true);
      expect(items.map(({ slug }) => slug)).to.not.include(rejected.slug);
      expect(await refused(null, 'GET', '?scope=in_review')).to.equal('unauthenticated');
      expect(await refused(budi, 'GET', '?scope=in_review')).to.equal('forbidden');
    });

    it('answers 304 to a guest who has it already, and lets nobody keep what is private', async () => {
      for (const path of ['/api/v1/campaigns?limit=3', `/api/v1/campaigns/${slugs(3)}`]) {
        const first = await ask(null, 'GET', path);
        expect(first.headers.get('cache-control')).to.equal('public, no-cache');
        expect(first.headers.get('vary')).to.match(/authorization/i);
        const etag = first.headers.get('etag') ?? '';
        const same = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
        expect((await ask(null, 'GET', path, undefined, same)).status).to.equal(304);
        await give(made[3]?.id ?? '', 5_000);
        const id = made[3]?.id ?? '';
        await done(wati, 'PATCH', `/${id}`, { permitNumber: `HUK-${path.length}` });
        expect((await ask(wati, 'GET', path)).headers.get('cache-control')).to.equal('private, no-store');
      }
      const before = await ask(null, 'GET', `/api/v1/campaigns/${slugs(3)}`);
      await give(made[3]?.id ?? '', 5_000);
      const stale = { 'if-none-match': before.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
      expect((await ask(null, 'GET', `/api/v1/campaigns/${slugs(3)}`, undefined, stale)).status).to.equal(
        200,
      );
    });
  });
});
