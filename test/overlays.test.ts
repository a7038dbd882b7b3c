import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import type { EventOf } from '../server/protocol/apply.ts';
import type { WallItem } from '../server/protocol/donations.ts';
import { type FeedPage, type OverlayEvents, overlayFeed } from '../server/protocol/feeds.ts';
import { rupiah } from '../server/protocol/money.ts';
import type {
  OverlayMade,
  OverlayPage,
  OverlaySettings,
  OverlayState,
  OverlayView,
} from '../server/protocol/overlays.ts';
import type { RefusedCode } from '../server/protocol/sockets.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe('overlays', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let admin: pg.Client;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let token: string;
  let path: string;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    admin = new pg.Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    outside.close();
    await platform.close();
  });
  beforeEach(async () => {
    campaign = await liveCampaign(platform.house);
    token = outside.tokenOf(campaign.owner);
    path = `/api/v1/campaigns/${campaign.id}/overlay`;
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  const said = <T = object>(
    what: string,
    body: unknown = {},
    by: string | undefined = token,
    key = randomUUID(),
  ) => outside.post<T>(`${path}${what}`, body, { token: by, headers: { 'idempotency-key': key } });
  const made = async (): Promise<OverlayMade> => {
    const answer = await said<OverlayMade>('');
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body;
  };
  const opened = (secret: string) =>
    outside.get<{ overlay: OverlayPage }>('/api/v1/overlay', { headers: { 'x-claim-token': secret } });
  const events = (id: string, secret: string) =>
    outside.get<FeedPage>(`/api/v1/feeds/${overlayFeed(id)}/events?since=0`, {
      headers: { 'x-claim-token': secret },
    });
  const member = async (role: 'editor' | 'viewer') => {
    const who = await person(platform.house.db, role);
    await admin.query('insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, $3)', [
      campaign.id,
      who.userId,
      role,
    ]);
    return outside.tokenOf(who);
  };
  /** What a page with this link hears. */
  const watched = (id: string, secret: string) => {
    const heard = { states: [] as OverlayState[], types: [] as string[], refused: [] as RefusedCode[] };
    outside.connect().watch<OverlayState, OverlayEvents>(overlayFeed(id), {
      claimToken: secret,
      onState: (state) => heard.states.push(state),
      onEvents: (all: EventOf<OverlayEvents>[]) => heard.types.push(...all.map(({ type }) => type)),
      onRefused: (code) => heard.refused.push(code),
    });
    return heard;
  };

  describe('have a secret link', () => {
    it('that opens the overlay of one campaign, for whoever holds it', async () => {
      const { overlay, secret } = await made();
      const { body, headers } = await opened(secret);
      expect(body.overlay).to.deep.include({ id: overlay.id, settings: overlay.settings, revoked: false });
      expect(body.overlay.campaign.id).to.equal(campaign.id);
      expect(headers.get('cache-control')).to.equal('no-store');
      const heard = watched(overlay.id, secret);
      await until(() => heard.states.length === 1);
      expect(heard.states[0]?.campaign.id).to.equal(campaign.id);
    });

    it('that stands nowhere in the database', async () => {
      const { overlay, secret } = await made();
      expect(Buffer.from(secret, 'base64url')).to.have.length(32);
      const { rows } = await admin.query('select secret_hash from sk.overlays where id = $1', [overlay.id]);
      expect(rows[0].secret_hash.equals(createHash('sha256').update(secret).digest())).to.equal(true);
      const kept = await admin.query(
        `select count(*)::int as n from sk.idempotency_keys where response::text like '%' || $1 || '%'`,
        [secret],
      );
      expect(kept.rows[0].n).to.equal(0);
    });

    it('that is told again to whoever asks twice, and once to everyone else', async () => {
      const key = randomUUID();
      const first = await said<OverlayMade>('', {}, token, key);
      const again = await said<OverlayMade>('', {}, token, key);
      expect(again.body).to.deep.equal(first.body);
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      const seen = await outside.get<{ overlay: OverlayView }>(path, { token });
      expect(seen.body.overlay).to.deep.equal(first.body.overlay);
      expect(JSON.stringify(seen.body)).not.to.contain(first.body.secret);
      expect((await said('')).problem.code, 'another one').to.equal('conflict');
    });

    it('that can be renewed: the old one opens nothing, and whoever shows it is told', async () => {
      const { overlay, secret } = await made();
      const heard = watched(overlay.id, secret);
      await until(() => heard.states.length === 1);
      const renewed = (await said<OverlayMade>('/renew')).body;
      expect(renewed.secret).not.to.equal(secret);
      expect(renewed.overlay.settings).to.deep.equal(overlay.settings);
      await until(() => heard.types.includes('overlay.revoked'));
      expect((await opened(secret)).problem.code).to.equal('not-found');
      expect((await events(overlay.id, secret)).problem.code).to.equal('unauthenticated');
      const late = watched(overlay.id, secret);
      await until(() => late.refused.length > 0);
      expect((await opened(renewed.secret)).status).to.equal(200);
      await said('/test', { gift: rupiah(25_000) });
      await until(async () => (await events(renewed.overlay.id, renewed.secret)).body.events.length > 0);
      expect(heard.types, 'the old link hears nothing of it').to.deep.equal(['overlay.revoked']);
      expect((await said('/renew', {}, outside.tokenOf(campaign.moderator))).problem.code).to.equal(
        'forbidden',
      );
    });

    it('that can be withdrawn, and made anew', async () => {
      const { secret } = await made();
      const withdraw = () => outside.call('DELETE', path, { token });
      expect([(await withdraw()).status, (await withdraw()).status]).to.eql([204, 204]);
      expect((await opened(secret)).status).to.equal(404);
      expect((await outside.get<object>(path, { token })).body).to.deep.equal({ overlay: null });
      for (const what of ['/renew', '/skip']) {
        expect((await said(what, what === '/skip' ? { what: 'all' } : {})).problem.code).to.equal(
          'not-found',
        );
      }
      expect((await made()).secret).not.to.equal(secret);
    });

    it('that opens no other overlay, and is not guessed', async () => {
      const mine = await made();
      campaign = await liveCampaign(platform.house);
      token = outside.tokenOf(campaign.owner);
      path = `/api/v1/campaigns/${campaign.id}/overlay`;
      const other = await made();
      expect((await events(other.overlay.id, mine.secret)).problem.code).to.equal('unauthenticated');
      expect((await events(other.overlay.id, other.secret)).status).to.equal(200);
      const wrong = Buffer.alloc(32, 7).toString('base64url');
      expect((await opened(wrong)).problem.code).to.equal('not-found');
      expect((await opened('not a secret!')).problem.code).to.equal('invalid-input');
      expect((await outside.get<object>('/api/v1/overlay')).status).to.equal(404);
      expect(
        (await outside.get<object>(`/api/v1/feeds/${overlayFeed(other.overlay.id)}/events`)).status,
      ).to.equal(401);
    });
  });

  describe('are directed by the team', () => {
    it('by the owner and by editors, and by nobody else', async () => {
      await made();
      const stranger = outside.tokenOf(await person(platform.house.db, 'Orang Lain'));
      const gift = rupiah(25_000);
      expect((await said('/test', { gift }, await member('editor'))).status).to.equal(202);
      for (const by of [await member('viewer'), stranger]) {
        const answers = await Promise.all([
          said('', {}, by),
          said('/renew', {}, by),
          said('/test', { gift }, by),
          said('/skip', { what: 'all' }, by),
          outside.get<object>(path, { token: by }),
          outside.call('DELETE', path, { token: by }),
        ]);
        expect(answers.map(({ status }) => status)).to.eql(Array(answers.length).fill(403));
      }
      expect((await outside.post(path, {})).status).to.equal(401);
    });

    it('with settings that reach the page at once', async () => {
      const { overlay, secret } = await made();
      const heard = watched(overlay.id, secret);
      await until(() => heard.states.length === 1);
      const settings: OverlaySettings = {
        ...overlay.settings,
        theme: 'polos',
        speech: true,
        alertSeconds: 12,
      };
      const put = (body: unknown) =>
        outside.call<{ overlay: OverlayView }>('PUT', `${path}/settings`, { body, token });
      expect((await put(settings)).body.overlay.settings).to.deep.equal(settings);
      await until(() => heard.types.includes('overlay.changed'));
      expect((await opened(secret)).body.overlay.settings).to.deep.equal(settings);

      const wrong: [string, unknown][] = [
        ['theme', 'neon'],
        ['alertSeconds', 1],
        ['alertSeconds', '8'],
        ['alertFrom', rupiah(-1)],
        ['speechFrom', { amount: 1, currency: 'USD' }],
        ['sound', 'yes'],
        ['css', 'body{}'],
      ];
      for (const [field, value] of wrong) {
        const answer = await put({ ...settings, [field]: value });
        expect(answer.status, field).to.equal(400);
      }
      const { speech: _, ...without } = settings;
      expect((await put(without)).status).to.equal(400);
      expect((await opened(secret)).body.overlay.settings).to.deep.equal(settings);
    });

    it('with alerts that are told once, although the page sends them twice', async () => {
      const { overlay, secret } = await made();
      const gift = await outside.paid(campaign.id, { donor: { name: 'Sari' }, message: 'Semangat!' });
      const key = randomUUID();
      for (let nth = 0; nth < 2; nth++) await said('/replay', { donationId: gift.id }, token, key);
      await said('/test', { gift: rupiah(25_000) });
      await said('/skip', { what: 'shown' });
      const { body } = await events(overlay.id, secret);
      expect(body.events.map(({ type, data }) => [type, data])).to.deep.equal([
        ['alert.replayed', { donationId: gift.id }],
        ['alert.test', { gift: rupiah(25_000) }],
        ['alert.skipped', { what: 'shown' }],
      ]);
      expect((await said('/test', { gift: rupiah(0) })).status).to.equal(400);
      expect((await said('/test', { gift: rupiah(1_000), name: 'x' })).status).to.equal(400);
      expect((await outside.post(`${path}/test`, { gift: rupiah(1_000) }, { token })).problem.code).to.equal(
        'idempotency-key-missing',
      );
    });

    it('not before everyone may see the campaign', async () => {
      await admin.query(`update sk.campaigns set status = 'draft' where id = $1`, [campaign.id]);
      expect((await said('')).problem.code).to.equal('conflict');
    });
  });

  describe('show of a gift what the public may see by then', () => {
    const shown = (secret: string, id: string) =>
      outside.get<{ gift: WallItem }>(`/api/v1/overlay/gifts/${id}`, {
        headers: { 'x-claim-token': secret },
      });
    const largest = async (limit = 5) =>
      (
        await outside.get<{ items: WallItem[] }>(
          `/api/v1/campaigns/${campaign.id}/donations/largest?limit=${limit}`,
        )
      ).body.items;

    it('and nothing of one that was hidden or belongs elsewhere', async () => {
      const { secret } = await made();
      const gift = await outside.paid(campaign.id, { donor: { name: 'Sari' }, message: 'Semangat!' });
      expect((await shown(secret, gift.id)).body.gift).to.deep.include({
        name: 'Sari',
        message: 'Semangat!',
      });
      const elsewhere = await outside.paid((await liveCampaign(platform.house)).id);
      expect((await shown(secret, elsewhere.id)).status).to.equal(404);
      expect((await said('/replay', { donationId: elsewhere.id })).problem.code).to.equal('not-found');
      await outside.post(`/api/v1/donations/${gift.id}/hide`, undefined, {
        headers: { 'x-claim-token': gift.claimToken },
      });
      expect((await shown(secret, gift.id)).status).to.equal(404);
      expect((await said('/replay', { donationId: gift.id })).problem.code).to.equal('not-found');
    });

    it('the largest ones by what is left of them, anonymous donors without their names', async () => {
      const amounts = [30_000, 90_000, 60_000, 45_000];
      const gifts = [];
      for (const [nth, amount] of amounts.entries()) {
        gifts.push(
          await outside.paid(campaign.id, {
            gift: rupiah(amount),
            donor: { name: `Donatur ${nth}`, anonymous: nth === 1 },
            message: 'Semoga lekas selesai',
          }),
        );
      }
      const named = (items: WallItem[]) => items.map(({ name, gift }) => [name, gift.amount]);
      expect(named(await largest(3))).to.eql([
        [null, 90_000],
        ['Donatur 2', 60_000],
        ['Donatur 3', 45_000],
      ]);
      expect((await largest()).every(({ message }) => message === null)).to.equal(true);
      await admin.query(
        `update sk.donations set returned_minor = 50000, status = 'partially_refunded' where id = $1`,
        [gifts[1]?.id],
      );
      await outside.post(`/api/v1/donations/${gifts[3]?.id}/hide`, undefined, {
        headers: { 'x-claim-token': gifts[3]?.claimToken ?? '' },
      });
      expect(named(await largest())).to.eql([
        ['Donatur 2', 60_000],
        [null, 40_000],
        ['Donatur 0', 30_000],
      ]);
      // As it was: the books are checked after each test.
      await admin.query(`update sk.donations set returned_minor = 0, status = 'paid' where id = $1`, [
        gifts[1]?.id,
      ]);
      expect(
        (await outside.get<object>(`/api/v1/campaigns/${campaign.id}/donations/largest?limit=11`)).status,
      ).to.equal(400);
    });

    it('read from an index, so that a list costs as much as it shows', async () => {
      await admin.query('begin; set local enable_seqscan = off; set local enable_sort = off');
      const { rows } = await admin.query(
        `explain select d.id from sk.donations d
         where d.campaign_id = $1 and d.paid_at is not null and d.hidden_at is null
           and d.status in ('paid', 'partially_refunded')
         order by d.gift_minor - d.returned_minor desc, d.paid_at, d.id limit 5`,
        [campaign.id],
      );
      await admin.query('rollback');
      expect(JSON.stringify(rows)).to.contain('donations_largest');
    });
  });

  it('are closed to every user but through the verbs', async () => {
    const { overlay } = await made();
    const { db } = platform.house;
    expect(await db.overlays.find(overlay.id)).to.equal(null);
    expect(await db.overlays.openOf(campaign.id)).to.equal(null);
    await db.overlays.revoke(overlay.id, new Date());
    const { rows } = await admin.query('select revoked_at from sk.overlays where id = $1', [overlay.id]);
    expect(rows[0].revoked_at).to.equal(null);
  });

  it('have one good link per campaign, whatever comes at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => said<OverlayMade>('')));
    expect(answers.filter(({ status }) => status === 201)).to.have.length(1);
    expect(answers.filter(({ problem }) => problem.code === 'conflict')).to.have.length(3);
  });
});
