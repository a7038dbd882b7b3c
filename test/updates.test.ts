import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import sharp from 'sharp';
import type { TakenMail } from '../server/db/outbox.ts';
import { purgePictures } from '../server/domain/campaigns/set-picture.ts';
import { composer } from '../server/domain/mail/compose.ts';
import { mailUpdates } from '../server/domain/updates/mail.ts';
import { UPDATES_PER_DAY_MAX } from '../server/domain/updates/post.ts';
import { type CampaignState, campaignFeed, type FeedPage } from '../server/protocol/feeds.ts';
import type { UnsubscribeView, UpdatePage, UpdatePicture, UpdateView } from '../server/protocol/updates.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

const DAY_MS = 24 * 3_600_000;

describe('updates', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let admin: pg.Client;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let ownerToken: string;
  let path: string;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    admin = new pg.Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    // Only the tests' own runs count here, not the clock's.
    await admin.query(
      `insert into sk.job_leases (job, holder, until) values ('mail-updates', 'test', now() + interval '1 hour')`,
    );
  });
  after(async () => {
    await admin.end();
    outside.close();
    await platform.close();
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    ownerToken = outside.tokenOf(campaign.owner);
    path = `/api/v1/campaigns/${campaign.id}/updates`;
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  const post = (
    body: unknown = {},
    { token = ownerToken, key = randomUUID() }: { token?: string | undefined; key?: string } = {},
  ) =>
    outside.post<{ update: UpdateView }>(
      path,
      { title: 'Sumur pertama selesai', text: 'Air **mengalir** sejak pagi.', ...(body as object) },
      { token, headers: { 'idempotency-key': key } },
    );
  const posted = async (body: unknown = {}): Promise<UpdateView> => {
    const answer = await post(body);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body.update;
  };
  const listed = async (query = ''): Promise<UpdatePage> =>
    (await outside.get<UpdatePage>(`${path}${query}`)).body;
  const feed = async (query = ''): Promise<FeedPage> =>
    (await outside.get<FeedPage>(`/api/v1/feeds/${campaignFeed(campaign.id)}/events${query}`)).body;
  const sendPicture = async (token = ownerToken, colour = '#0B6B63') => {
    const image = await sharp({ create: { width: 64, height: 36, channels: 3, background: colour } })
      .png()
      .toBuffer();
    return fetch(`${platform.url}${path}/pictures`, {
      method: 'POST',
      headers: { 'content-type': 'image/png', authorization: `Bearer ${token}` },
      body: new Uint8Array(image),
    });
  };
  const picture = async (): Promise<UpdatePicture> =>
    ((await (await sendPicture()).json()) as { picture: UpdatePicture }).picture;
  const member = async (role: 'editor' | 'viewer') => {
    const who = await person(platform.house.db, role);
    await admin.query('insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, $3)', [
      campaign.id,
      who.userId,
      role,
    ]);
    return outside.tokenOf(who);
  };

  describe('are posted', () => {
    it('by the owner and by editors, and by nobody else', async () => {
      expect((await post({}, { token: await member('editor') })).status).to.equal(201);
      expect((await post({}, { token: await member('viewer') })).problem.code).to.equal('forbidden');
      const stranger = outside.tokenOf(await person(platform.house.db, 'Orang Lain'));
      expect((await post({}, { token: stranger })).problem.code).to.equal('forbidden');
      expect((await sendPicture(stranger)).status).to.equal(403);
      expect((await outside.post(path, {})).problem.code).to.equal('unauthenticated');
      expect((await listed()).items).to.have.length(1);
    });

    it('with words that are formatted and can do no harm', async () => {
      const update = await posted({
        text: '**Tebal** <script>alert(1)</script> [tautan](javascript:alert(1))\n\n![x](https://example.org/x.png)',
      });
      expect(update.html).to.contain('<strong>Tebal</strong>');
      expect(update.html).not.to.match(/<script|javascript:|<img/);
      expect((await listed()).items[0]?.html).to.equal(update.html);
    });

    it('once, although the page sends them twice, and are news once', async () => {
      const key = randomUUID();
      const first = await post({}, { key });
      const again = await post({}, { key });
      expect(again.body).to.deep.equal(first.body);
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect((await post({ title: 'Yang lain' }, { key })).problem.code).to.equal('idempotency-mismatch');
      expect((await listed()).items).to.have.length(1);
      const { events } = await feed('?since=0');
      expect(events.filter(({ type }) => type === 'update.posted')).to.have.length(1);
    });

    it('with pictures, in the order in which they were chosen', async () => {
      const [one, two] = [await picture(), await picture()];
      const update = await posted({ pictureIds: [two.id, one.id] });
      expect(update.pictures.map(({ url }) => url)).to.deep.equal([two.url, one.url]);
      expect((await fetch(`${platform.url}${one.url}`)).headers.get('content-type')).to.equal('image/webp');
      // A day later, what no update shows is gone, and what one shows is not.
      const lost = await picture();
      await purgePictures({ db: platform.house.db, now: () => new Date(Date.now() + 2 * DAY_MS) });
      expect((await fetch(`${platform.url}${lost.url}`)).status).to.equal(404);
      expect((await fetch(`${platform.url}${one.url}`)).status).to.equal(200);
    });

    it('to whoever is watching, once', async () => {
      const heard: UpdateView[] = [];
      const states: CampaignState[] = [];
      outside.connect().watch<CampaignState, { 'update.posted': UpdateView }>(campaignFeed(campaign.id), {
        onState: (state) => states.push(state),
        onEvents: (events) => {
          for (const { type, data } of events) if (type === 'update.posted') heard.push(data);
        },
      });
      await until(() => states.length > 0);
      const first = await posted();
      const second = await posted({ title: 'Sumur kedua selesai' });
      await until(() => heard.length > 1);
      expect(heard).to.deep.equal([first, second]);
    });

    it('in an order that pages follow to the first', async () => {
      const all: string[] = [];
      for (let i = 0; i < 5; i += 1) all.unshift((await posted({ title: `Kabar ${i}` })).id);
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: UpdatePage = await listed(`?limit=2${cursor && `&cursor=${cursor}`}`);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(seen).to.deep.equal(all);
    });

    it('not more often than mailboxes bear', async () => {
      for (let i = 0; i < UPDATES_PER_DAY_MAX; i += 1) await posted();
      expect((await post()).problem.code).to.equal('too-many-requests');
      await admin.query(
        `update sk.campaign_updates set posted_at = posted_at - interval '1 day' where campaign_id = $1`,
        [campaign.id],
      );
      await posted();
    });

    it('or change nothing when something is wrong with them', async () => {
      const used = await picture();
      await posted({ pictureIds: [used.id] });
      const before = { list: await listed(), head: (await feed()).head };
      const other = await liveCampaign(platform.house);
      await admin.query('update sk.update_pictures set campaign_id = $1 where picture_id = $2', [
        other.id,
        (await picture()).id,
      ]);
      const foreign = await admin.query('select picture_id from sk.update_pictures where campaign_id = $1', [
        other.id,
      ]);
      for (const [body, fault] of [
        [{ title: 'x' }, 'title'],
        [{ title: 'Baris\nbaru' }, 'title'],
        [{ text: '' }, 'text'],
        [{ text: 'a'.repeat(5_001) }, 'text'],
        [{ text: '>'.repeat(5_000) }, 'text'],
        [{ extra: 1 }, 'extra'],
        [{ pictureIds: ['x'] }, 'pictureIds.0'],
        [{ pictureIds: [randomUUID()] }, 'pictureIds'],
        [{ pictureIds: [used.id] }, 'pictureIds'],
        [{ pictureIds: [foreign.rows[0]?.picture_id] }, 'pictureIds'],
        [{ pictureIds: Array.from({ length: 5 }, () => randomUUID()) }, 'pictureIds'],
      ] as const) {
        const { problem } = await post(body);
        expect([problem.code, problem.errors?.[0]?.path], JSON.stringify(body).slice(0, 80)).to.deep.equal([
          'invalid-input',
          fault,
        ]);
      }
      expect((await outside.post(path, {}, { token: ownerToken })).problem.code).to.equal('invalid-input');
      expect({ list: await listed(), head: (await feed()).head }).to.deep.equal(before);
    });

    it('after the campaign has ended too, and never of one that is a draft', async () => {
      await admin.query(`update sk.campaigns set status = 'ended' where id = $1`, [campaign.id]);
      await posted();
      await admin.query(`update sk.campaigns set status = 'draft' where id = $1`, [campaign.id]);
      expect((await post()).problem.code).to.equal('conflict');
      expect((await outside.get(path)).status).to.equal(404);
    });
  });

  describe('are taken back', () => {
    const hide = (id: string, token: string | undefined = ownerToken) =>
      outside.call('DELETE', `${path}/${id}`, { token });

    it('for everyone who comes later, words and pictures, by the team or a moderator', async () => {
      const shown = await picture();
      const one = await posted({ title: 'Yang keliru', text: 'Rahasia', pictureIds: [shown.id] });
      const two = await posted({ title: 'Juga keliru', text: 'Rahasia' });
      const moderator = outside.tokenOf({ ...campaign.moderator, roles: ['moderator'] });
      const states: CampaignState[] = [];
      const hidden: string[] = [];
      outside.connect().watch<CampaignState, { 'update.hidden': { id: string } }>(campaignFeed(campaign.id), {
        onState: (state) => states.push(state),
        onEvents: (events) => {
          for (const { type, data } of events) if (type === 'update.hidden') hidden.push(data.id);
        },
      });
      await until(() => states.length > 0);
      expect(states[0]?.updates.map(({ id }) => id)).to.deep.equal([two.id, one.id]);
      expect((await hide(one.id)).status).to.equal(204);
      expect((await hide(two.id, moderator)).status).to.equal(204);
      expect((await hide(two.id, moderator)).status).to.equal(204);
      await until(() => hidden.length > 1);
      expect(hidden).to.deep.equal([one.id, two.id]);
      expect((await listed()).items).to.deep.equal([]);
      expect(JSON.stringify(await feed('?since=0'))).not.to.match(/Rahasia|keliru|webp/);
      expect((await fetch(`${platform.url}${shown.url}`)).status).to.equal(404);
      // The follower, which was there before, tells nobody either.
      const late: unknown[] = [];
      outside.connect().watch(campaignFeed(campaign.id), {
        onState: (state) => late.push(state),
        onEvents: (events) => late.push(...events),
      });
      await until(() => late.length > 0);
      expect(JSON.stringify(late)).not.to.match(/Rahasia|keliru/);
    });

    it('by nobody else, and of their own campaign only', async () => {
      const update = await posted();
      const stranger = outside.tokenOf(await person(platform.house.db, 'Orang Lain'));
      expect((await hide(update.id, stranger)).problem.code).to.equal('forbidden');
      expect((await hide(update.id, await member('viewer'))).problem.code).to.equal('forbidden');
      const other = await liveCampaign(platform.house);
      const answer = await outside.call('DELETE', `/api/v1/campaigns/${other.id}/updates/${update.id}`, {
        token: outside.tokenOf(other.owner),
      });
      expect(answer.status).to.equal(404);
      expect((await listed()).items).to.have.length(1);
    });
  });

  describe('reach by mail', () => {
    const run = (more: Partial<Parameters<typeof mailUpdates>[0]> = {}) =>
      mailUpdates({ ...platform.house, ...more });
    type Queued = { key: string; to: string; locale: 'id' | 'en'; data: Record<string, string> };
    const mailsOf = async (update: UpdateView): Promise<Queued[]> =>
      (
        await admin.query<Queued>(
          `select key, recipient as to, locale, data from sk.outbox where key like $1 order by recipient`,
          [`update:${update.id}:%`],
        )
      ).rows;
    const tokenOf = ({ data }: Queued): string =>
      platform.house.unsubscribing.tokenOf({ readerId: data.readerId ?? '', campaignId: campaign.id });
    /** What a mail says at the moment when it is sent. */
    const letterOf = ({ to, locale, data }: Queued) => {
      const compose = composer({
        db: platform.house.db,
        publicUrl: platform.url,
        giftPage: () => '',
        openReset: async () => null,
        verificationOf: () => '',
        unsubscribingOf: platform.house.unsubscribing.tokenOf,
      });
      const mail: TakenMail = {
        id: randomUUID(),
        template: 'update',
        data,
        attempts: 1,
        recipient: to,
        locale,
        name: '',
        user_id: null,
      };
      return compose(mail);
    };
    const toOf = async (update: UpdateView) => (await mailsOf(update)).map(({ to }) => to);
    const followPath = () => `/api/v1/campaigns/${campaign.id}/follow`;
    const emailOf = async (userId: string): Promise<string> =>
      (await admin.query('select email from sk.users where id = $1', [userId])).rows[0]?.email;
    const reader = async (name: string, locale = 'id') => {
      const who = await person(platform.house.db, name);
      const token = outside.tokenOf(who);
      const headers = { 'accept-language': locale };
      expect((await outside.call('POST', followPath(), { token, headers })).status).to.equal(204);
      return { token, email: await emailOf(who.userId) };
    };
    const agreed = (email: string) => ({ donor: { name: 'Sari', email, updates: true } });

    it('followers in their language, and donors who agreed and paid', async () => {
      const ayu = await reader('Ayu');
      const bob = await reader('Bob', 'en');
      await outside.paid(campaign.id, agreed('sari@example.org'));
      await outside.pledged(campaign.id, agreed('unpaid@example.org'));
      await outside.paid(campaign.id, { donor: { name: 'Tono', email: 'silent@example.org' } });
      const update = await posted();
      expect(await run()).to.equal(3);
      const mails = await mailsOf(update);
      expect(mails.map(({ to, locale }) => `${to} ${locale}`)).to.have.members([
        `${ayu.email} id`,
        `${bob.email} en`,
        'sari@example.org id',
      ]);
      // Neither keys nor data hold an address.
      expect(JSON.stringify(mails.map(({ key, data }) => ({ key, data })))).not.to.match(/@/);
      const [first] = mails;
      const letter = first && (await letterOf(first));
      expect(letter?.subject).to.contain(update.title);
      expect(letter?.text).to.contain('Air mengalir sejak pagi.').and.to.contain('/unsubscribe#');
      expect(letter?.listUnsubscribe).to.equal(
        `${platform.url}/api/v1/unsubscribe?token=${first && tokenOf(first)}`,
      );
    });

    it('nobody twice: who follows and gave three times, and whatever run was cut off', async () => {
      const ayu = await reader('Ayu');
      await outside.paid(campaign.id, agreed(ayu.email));
      await outside.paid(campaign.id, agreed(ayu.email.replace('@', '+lagi@')));
      for (const name of ['b', 'c', 'd', 'e']) await outside.paid(campaign.id, agreed(`${name}@example.org`));
      const update = await posted();
      // The second chunk dies after its mails were written, before how far it came.
      await admin.query(
        `create function sk.cut_off() returns trigger language plpgsql as $$
         begin if old.mailed_through <> '' then raise exception 'cut off'; end if; return new; end $$;
         create trigger cut_off before update on sk.campaign_updates for each row execute function sk.cut_off()`,
      );
      expect(await run({ perChunk: 2 }).catch((fault: Error) => fault.message)).to.equal('cut off');
      await admin.query('drop trigger cut_off on sk.campaign_updates');
      expect(await toOf(update)).to.have.length(2);
      // Two processes take it up at the same time.
      await Promise.all([run({ perChunk: 2 }), run({ perChunk: 2 })]);
      await run();
      expect(await toOf(update)).to.deep.equal(
        [ayu.email, 'b@example.org', 'c@example.org', 'd@example.org', 'e@example.org'].sort(),
      );
      expect(await run()).to.equal(0);
    });

    it('a bounded number in one run, the rest in the next', async () => {
      for (const name of ['Ayu', 'Bayu', 'Caca']) await reader(name);
      const update = await posted();
      expect(await run({ perChunk: 1, chunksMax: 2 })).to.equal(2);
      expect(await run({ perChunk: 1, chunksMax: 5 })).to.equal(1);
      expect(await toOf(update)).to.have.length(3);
    });

    it('nobody of what is no news any more', async () => {
      await reader('Ayu');
      const update = await posted();
      const later = (days: number) => () => new Date(Date.now() + days * DAY_MS);
      expect(await run({ now: later(4) })).to.equal(0);
      expect(await run({ now: later(2) })).to.equal(1);
      expect(await toOf(update)).to.have.length(1);
    });

    it('nobody once an update was taken back', async () => {
      await reader('Ayu');
      const update = await posted();
      await outside.call('DELETE', `${path}/${update.id}`, { token: ownerToken });
      expect(await run()).to.equal(0);
      expect(await toOf(update)).to.deep.equal([]);
    });

    it('only with an address: a box ticked without one is refused', async () => {
      const { problem } = await outside.give(campaign.id, { donor: { name: 'Sari', updates: true } });
      expect(problem.errors?.[0]?.path).to.equal('donor.updates');
      expect((await outside.give(campaign.id, { donor: { name: 'Sari', updates: false } })).status).to.equal(
        201,
      );
    });

    it('followers until they follow no more, and again when they do', async () => {
      const ayu = await reader('Ayu');
      await outside.paid(campaign.id, agreed(ayu.email));
      const following = async () =>
        (await outside.get<{ following: boolean }>(followPath(), { token: ayu.token })).body.following;
      expect(await following()).to.equal(true);
      expect((await outside.call('DELETE', followPath(), { token: ayu.token })).status).to.equal(204);
      expect(await following()).to.equal(false);
      const first = await posted();
      await run();
      expect(await toOf(first)).to.deep.equal([]);
      await outside.call('POST', followPath(), { token: ayu.token });
      const second = await posted();
      await run();
      expect(await toOf(second)).to.deep.equal([ayu.email]);
      expect((await outside.call('POST', followPath())).problem.code).to.equal('unauthenticated');
    });

    describe('nobody who unsubscribed', () => {
      const tokenFor = async (email: string): Promise<string> => {
        const update = await posted();
        await run();
        const mail = (await mailsOf(update)).find(({ to }) => to === email);
        return mail ? tokenOf(mail) : '';
      };
      const call = (method: string, token: string, more = '', rest: object = {}) =>
        outside.call<UnsubscribeView>(
          method,
          `/api/v1/unsubscribe${more}${more.includes('?') ? '&' : '?'}token=${token}`,
          rest,
        );
      const arrives = async (): Promise<string[]> => {
        const update = await posted();
        await run();
        return toOf(update);
      };

      it('by the one click of a mail program, whatever is given or typed afterwards', async () => {
        await outside.paid(campaign.id, agreed('sari@example.org'));
        const token = await tokenFor('sari@example.org');
        const answer = await call('POST', token, '', {
          body: 'List-Unsubscribe=One-Click',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        });
        expect(answer.body.unsubscribed).to.deep.equal({ campaign: true, all: false });
        expect(await arrives()).to.deep.equal([]);
        await outside.paid(campaign.id, agreed('sari@example.org'));
        expect(await arrives()).to.deep.equal([]);
      });

      it('between the queue and the sending either, nor when the update was taken back then', async () => {
        await outside.paid(campaign.id, agreed('sari@example.org'));
        await outside.paid(campaign.id, agreed('tuti@example.org'));
        const update = await posted();
        await run();
        const [sari, tuti] = await mailsOf(update);
        if (!sari || !tuti) throw new Error('no mails');
        await call('POST', tokenOf(sari));
        expect(await letterOf(sari)).to.equal(null);
        expect(await letterOf(tuti)).not.to.equal(null);
        await outside.call('DELETE', `${path}/${update.id}`, { token: ownerToken });
        expect(await letterOf(tuti)).to.equal(null);
      });

      it('but whoever only opened the link still is', async () => {
        await outside.paid(campaign.id, agreed('sari@example.org'));
        const token = await tokenFor('sari@example.org');
        const seen = await call('GET', token);
        expect(seen.body).to.deep.include({ unsubscribed: { campaign: false, all: false } });
        expect((await outside.get(`/unsubscribe`)).status).to.equal(200);
        expect(await arrives()).to.deep.equal(['sari@example.org']);
      });

      it('of one campaign or of all, and who takes it back is', async () => {
        const other = await liveCampaign(platform.house);
        await outside.paid(campaign.id, agreed('wati@example.org'));
        await outside.paid(other.id, agreed('wati@example.org'));
        const token = await tokenFor('wati@example.org');
        const ofOther = async () => {
          const answer = await outside.post<{ update: UpdateView }>(
            `/api/v1/campaigns/${other.id}/updates`,
            { title: 'Kabar lain', text: 'Isi' },
            { token: outside.tokenOf(other.owner), headers: { 'idempotency-key': randomUUID() } },
          );
          await run();
          return toOf(answer.body.update);
        };
        await call('POST', token);
        expect([await arrives(), await ofOther()]).to.deep.equal([[], ['wati@example.org']]);
        await call('POST', token, '?scope=all');
        expect(await ofOther()).to.deep.equal([]);
        await call('POST', token, '/undo?scope=all');
        expect([await arrives(), await ofOther()]).to.deep.equal([[], ['wati@example.org']]);
        await call('POST', token, '/undo');
        expect(await arrives()).to.deep.equal(['wati@example.org']);
      });

      it('with a link that is ours: any other changes nothing', async () => {
        await outside.paid(campaign.id, agreed('sari@example.org'));
        const token = await tokenFor('sari@example.org');
        const forged = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;
        for (const wrong of [forged, 'AAAA', token.slice(0, -4)]) {
          expect((await call('POST', wrong)).problem.code, wrong).to.equal('not-found');
        }
        expect((await call('POST', token, '?scope=some')).problem.code).to.equal('invalid-input');
        expect((await outside.call('POST', '/api/v1/unsubscribe')).problem.code).to.equal('invalid-input');
        expect(await arrives()).to.deep.equal(['sari@example.org']);
      });
    });
  });
});
