import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import { expireAttempts } from '../server/domain/donations/ask.ts';
import { signature } from '../server/domain/gateways/midtrans.ts';
import type { CampaignView } from '../server/protocol/campaigns.ts';
import type { DonationCreated, DonationView, WallItem, WallPage } from '../server/protocol/donations.ts';
import {
  type CampaignState,
  campaignFeed,
  donationFeed,
  type FeedPage,
  FINANCE,
  ownerFeed,
  WALL_MAX,
} from '../server/protocol/feeds.ts';
import { METHODS } from '../server/protocol/methods.ts';
import { GIFT_MAX, GIFT_MIN, rupiah, TIP_MAX } from '../server/protocol/money.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe('a gift', () => {
  let platform: TestPlatform;
  let donor: Visitor;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;

  before(async () => {
    platform = await startPlatform();
    donor = visitor(platform);
    campaign = await liveCampaign(platform.house);
  });
  after(async () => {
    donor.close();
    await platform.close();
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    const faults = donor.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`);
    expect(faults).to.deep.equal([]);
  });

  const feed = async (
    name: string,
    more: Parameters<Visitor['get']>[1] = {},
    query = '',
  ): Promise<FeedPage> => (await donor.get<FeedPage>(`/api/v1/feeds/${name}/events${query}`, more)).body;
  const wall = async (id = campaign.id, query = ''): Promise<WallPage> =>
    (await donor.get<WallPage>(`/api/v1/campaigns/${id}/donations${query}`)).body;
  const page = async (id = campaign.id): Promise<CampaignView> =>
    (await donor.get<{ campaign: CampaignView }>(`/api/v1/campaigns/${id}`)).body.campaign;
  const donationsOf = async (id: string): Promise<number> =>
    (await platform.house.db.one('select count(*)::int as n from sk.donations where campaign_id = $1', id)).n;
  const claimed = ({ claimToken }: { claimToken: string }) => ({ headers: { 'x-claim-token': claimToken } });

  it('is pledged, paid at the gateway’s page, and then on the wall, in the total and on the donor’s page', async () => {
    const before = await page();
    const { status, body } = await donor.give(campaign.id, {
      gift: rupiah(75_000),
      tip: rupiah(5_000),
      donor: { name: 'Wulan Rahayu', email: 'Wulan@Example.org' },
      message: 'Semoga lekas jadi.',
    });
    expect(status).to.equal(201);
    expect(body.donation.status).to.equal('pending');
    expect(body.payment).to.include({ gateway: 'midtrans', method: 'qris', status: 'pending' });
    expect(body.payment.amount).to.deep.equal(rupiah(80_000));
    const gift = { id: body.donation.id, claimToken: body.claimToken };
    expect((await donor.seen(gift)).status).to.equal('pending');
    expect((await page()).raised).to.deep.equal(before.raised);

    const paying = await fetch(body.payment.redirectUrl ?? '', {
      method: 'POST',
      body: new URLSearchParams({ action: 'pay' }),
      redirect: 'manual',
    });
    expect(paying.status).to.equal(303);
    await until(async () => (await donor.seen(gift)).status === 'paid');

    const seen = await donor.seen(gift);
    expect(seen).to.deep.include({ gift: rupiah(75_000), tip: rupiah(5_000), donorName: 'Wulan Rahayu' });
    expect(seen.payment?.status).to.equal('paid');
    const after = await page();
    expect(after.raised.amount - before.raised.amount).to.equal(75_000);
    expect(after.donorCount - before.donorCount).to.equal(1);
    const [top] = (await wall()).items;
    expect(top).to.deep.include({ id: gift.id, name: 'Wulan Rahayu', message: 'Semoga lekas jadi.' });
    const { events } = await feed(campaignFeed(campaign.id), {}, `?since=${before.feed.head}`);
    expect(events.map(({ type }) => type)).to.deep.equal(['donation.received']);
    expect(events[0]?.totals).to.deep.equal({ raised: after.raised, donorCount: after.donorCount });
    const told = await feed(donationFeed(gift.id), claimed(gift), '?since=0');
    expect(told.events.map(({ type }) => type)).to.deep.equal(['donation.pending', 'donation.paid']);
  });

  it('of somebody signed in stands among their own gifts, under their name', async () => {
    const ada = await person(platform.house.db, 'Ada');
    const token = donor.tokenOf(ada);
    const gift = await donor.paid(campaign.id, {}, { token });
    type Mine = { items: DonationView[]; nextCursor: string | null };
    const mine = await donor.get<Mine>('/api/v1/me/donations', { token });
    expect(mine.body.items.map(({ id }) => id)).to.deep.equal([gift.id]);
    expect((await wall()).items[0]?.name).to.equal('Ada');
    const { status } = await donor.get(`/api/v1/donations/${gift.id}`, { token });
    expect(status).to.equal(200);
    expect((await donor.get('/api/v1/me/donations')).status).to.equal(401);
  });

  it('can be paid by every method that is offered, and by no other', async () => {
    for (const method of METHODS) {
      const { status, problem } = await donor.give(campaign.id, { method });
      expect(status, method).to.equal(method === 'linkaja' ? 400 : 201);
      if (status === 400) expect(problem.errors?.[0]?.path).to.equal('method');
    }
  });

  describe('is made once for one Idempotency-Key', () => {
    const path = () => `/api/v1/campaigns/${campaign.id}/donations`;
    const request = () => ({ gift: rupiah(20_000), method: 'qris', donor: { name: 'Sari' } });
    const send = (key: string, body: unknown = request(), more: { token?: string } = {}) =>
      donor.post<DonationCreated>(path(), body, { headers: { 'idempotency-key': key }, ...more });

    it('and refused without one', async () => {
      const { status, problem } = await donor.post(path(), request());
      expect(status).to.equal(400);
      expect(problem.code).to.equal('idempotency-key-missing');
    });

    it('and refused with one that is too short, too long or not printable', async () => {
      for (const key of ['seven77', 'x'.repeat(256), 'with spaces in it', 'kunci-é-panjang']) {
        expect((await send(key)).problem.code, key).to.equal('invalid-input');
      }
    });

    it('and answered again in the same words, with its claim token', async () => {
      const key = randomUUID();
      const before = await donationsOf(campaign.id);
      const first = await send(key);
      const second = await send(key);
      expect([first.status, second.status]).to.deep.equal([201, 201]);
      expect(first.headers.get('idempotent-replayed')).to.equal(null);
      expect(second.headers.get('idempotent-replayed')).to.equal('true');
      expect(second.body).to.deep.equal(first.body);
      expect(await donationsOf(campaign.id)).to.equal(before + 1);
    });

    it('also when the key comes in quotes, or the same content in another order', async () => {
      const key = randomUUID();
      const first = await send(key);
      const quoted = await send(`"${key}"`);
      const turned = await send(key, Object.fromEntries(Object.entries(request()).reverse()));
      expect(quoted.body).to.deep.equal(first.body);
      expect(turned.body).to.deep.equal(first.body);
    });

    it('and refused for other content under it', async () => {
      const key = randomUUID();
      await send(key);
      const { status, problem } = await send(key, { ...request(), gift: rupiah(20_001) });
      expect(status).to.equal(422);
      expect(problem.code).to.equal('idempotency-mismatch');
    });

    it('by one caller, and for one campaign', async () => {
      const key = randomUUID();
      const other = await liveCampaign(platform.house, { title: 'Perahu sekolah' });
      const ada = await person(platform.house.db, 'Ada');
      const answers = [
        await send(key),
        await send(key, request(), { token: donor.tokenOf(ada) }),
        await donor.post<DonationCreated>(`/api/v1/campaigns/${other.id}/donations`, request(), {
          headers: { 'idempotency-key': key },
        }),
      ];
      expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 201]);
      expect(new Set(answers.map(({ body }) => body.donation.id)).size).to.equal(3);
    });

    it('and told to wait while the first try is under way', async () => {
      const key = randomUUID();
      await donor.misbehave('timeout', { call: 'create', ms: 1_500 });
      const first = send(key);
      await until(() => platform.house.db.oneOrNone('select 1 from sk.idempotency_keys where key = $1', key));
      const second = await send(key);
      expect(second.status).to.equal(409);
      expect(second.problem.code).to.equal('in-flight');
      expect(Number(second.headers.get('retry-after'))).to.be.greaterThan(0);
      const other = await send(key, { ...request(), gift: rupiah(20_001) });
      expect(other.status).to.equal(422);
      expect((await first).status).to.equal(201);
      expect((await send(key)).body).to.deep.equal((await first).body);
    });

    it('of twenty that come at the same time', async () => {
      const key = randomUUID();
      const before = await donationsOf(campaign.id);
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(key)));
      const made = answers.filter(({ status }) => status === 201);
      expect(
        new Set(answers.map(({ status }) => status).filter((s) => s !== 201 && s !== 409)).size,
      ).to.equal(0);
      expect(new Set(made.map(({ body }) => body.donation.id)).size).to.equal(1);
      expect(made.filter(({ headers }) => headers.get('idempotent-replayed') === null)).to.have.length(1);
      expect(await donationsOf(campaign.id)).to.equal(before + 1);
    });

    const referenceOf = async (id: string): Promise<string> =>
      (await platform.house.db.payments.latestOf(id))?.reference ?? '';

    it('and goes on under the same reference after the gateway’s answer was lost', async () => {
      const key = randomUUID();
      const before = await donationsOf(campaign.id);
      await donor.misbehave('error-500', { call: 'create', applied: true });
      const lost = await send(key);
      expect(lost.status).to.equal(502);
      expect(lost.problem.code).to.equal('gateway-unavailable');
      expect(lost.headers.get('retry-after')).to.equal('5');
      expect(donor.faults.splice(0).map(({ where }) => where)).to.deep.equal(['gateway']);
      const [left] = await platform.house.db.any(
        'select resource_id from sk.idempotency_keys where key = $1 and status is null',
        key,
      );
      const reference = await referenceOf(left.resource_id);
      const again = await send(key);
      expect(again.status).to.equal(201);
      expect(again.headers.get('idempotent-replayed')).to.equal(null);
      expect(again.body.donation.id).to.equal(left.resource_id);
      expect(await referenceOf(again.body.donation.id)).to.equal(reference);
      expect(await donationsOf(campaign.id)).to.equal(before + 1);
      expect((await donor.orders(`&orderId=${reference}`)).length).to.equal(1);
      await donor.act(reference, 'pay');
      await until(
        async () => (await donor.seen({ id: again.body.donation.id, ...again.body })).status === 'paid',
      );
    });

    const asAdmin = async (statement: string, ...values: unknown[]): Promise<void> => {
      const admin = new pg.Client(platform.database.adminUrl);
      await admin.connect();
      await admin.query(statement, values);
      await admin.end();
    };
    // What each crash leaves behind, made by hand: the claim stands, and its lease has run out.
    const crashes: [string, (id: string) => Promise<unknown>][] = [
      [
        'before anything was made',
        async (id) => {
          await asAdmin(
            'delete from sk.attempt_evidence where payment_id in (select id from sk.payments where donation_id = $1)',
            id,
          );
          await asAdmin('delete from sk.payments where donation_id = $1', id);
          await asAdmin('delete from sk.donor_identities where donation_id = $1', id);
          await asAdmin('delete from sk.donations where id = $1', id);
          await asAdmin('delete from sk.feed_events where feed = $1', donationFeed(id));
          await asAdmin('delete from sk.feeds where name = $1', donationFeed(id));
        },
      ],
      [
        'before the gateway was asked',
        (id) =>
          asAdmin(
            `update sk.payments set redirect_url = null, status = 'created' where donation_id = $1`,
            id,
          ),
      ],
      ['after the gateway had answered', async () => {}],
    ];
    for (const [when, leave] of crashes) {
      it(`and resumes what a crash interrupted ${when}`, async () => {
        const key = randomUUID();
        const first = await send(key);
        const { id } = first.body.donation;
        const reference = await referenceOf(id);
        await leave(id);
        const forget = (leaseUntil: string) =>
          asAdmin(
            `update sk.idempotency_keys set status = null, response = null, lease_until = ${leaseUntil} where key = $1`,
            key,
          );
        await forget("now() + interval '30 seconds'");
        expect((await send(key)).status).to.equal(409);
        await forget('now()');
        const resumed = await send(key);
        expect(resumed.status).to.equal(201);
        expect(resumed.body.donation.id).to.equal(id);
        expect(resumed.body.claimToken).to.equal(first.body.claimToken);
        if (when !== 'before anything was made') expect(await referenceOf(id)).to.equal(reference);
        expect((await send(key)).headers.get('idempotent-replayed')).to.equal('true');
      });
    }

    it('and does not go on with a gift that ended while nobody asked', async () => {
      const key = randomUUID();
      await donor.misbehave('error-500', { call: 'create' });
      expect((await send(key)).status).to.equal(502);
      donor.faults.splice(0);
      await asAdmin(
        `update sk.payments set status = 'expired' where donation_id = (select resource_id from sk.idempotency_keys where key = $1)`,
        key,
      );
      const { status, problem } = await send(key);
      expect([status, problem.code]).to.deep.equal([409, 'conflict']);
      // The key is free again: the next try makes a gift of its own.
      expect((await send(key)).status).to.equal(201);
    });

    it('and a refusal that changed nothing gives the key back', async () => {
      const key = randomUUID();
      const { id } = await liveCampaign(platform.house, { title: 'Sumur desa' });
      const path = `/api/v1/campaigns/${id}/donations`;
      const headers = { 'idempotency-key': key };
      await platform.house.db.none(
        `update sk.campaigns set status = 'paused', paused_by = 'team' where id = $1`,
        id,
      );
      expect((await donor.post(path, request(), { headers })).status).to.equal(409);
      await platform.house.db.none(
        `update sk.campaigns set status = 'live', paused_by = null where id = $1`,
        id,
      );
      expect((await donor.post(path, request(), { headers })).status).to.equal(201);
    });
  });

  describe('is refused with the path of what is wrong, and nothing is kept of it,', () => {
    const wrong: [string, Record<string, unknown>, string][] = [
      ['below the least', { gift: rupiah(GIFT_MIN - 1) }, 'gift.amount'],
      ['of nothing', { gift: rupiah(0) }, 'gift.amount'],
      ['below nothing', { gift: rupiah(-50_000) }, 'gift.amount'],
      ['above the most', { gift: rupiah(GIFT_MAX + 1) }, 'gift.amount'],
      ['with a part of a rupiah', { gift: { amount: 50_000.5, currency: 'IDR' } }, 'gift.amount'],
      ['as a text', { gift: { amount: '50000', currency: 'IDR' } }, 'gift.amount'],
      ['beyond what a number can tell', { gift: { amount: 2 ** 60, currency: 'IDR' } }, 'gift.amount'],
      ['as a bare number', { gift: 50_000 }, 'gift'],
      ['in dollars', { gift: { amount: 50_000, currency: 'USD' } }, 'gift.currency'],
      ['without a currency', { gift: { amount: 50_000 } }, 'gift.currency'],
      ['without an amount', { gift: undefined }, 'gift'],
      ['with a tip below nothing', { tip: rupiah(-1) }, 'tip.amount'],
      ['with a tip above the most', { tip: rupiah(TIP_MAX + 1) }, 'tip.amount'],
      ['with a key that nobody knows', { campaign: 'x' }, 'campaign'],
      ['with a key that nobody knows inside', { gift: { ...rupiah(50_000), exponent: 2 } }, 'gift.exponent'],
      ['with a donor’s status', { donor: { status: 'paid' } }, 'donor.status'],
      ['by a method that nobody knows', { method: 'cash' }, 'method'],
      ['through a gateway that nobody knows', { gateway: 'paypal' }, 'gateway'],
      ['with an e-mail that is none', { donor: { email: 'nobody' } }, 'donor.email'],
      ['with a name too long', { donor: { name: 'x'.repeat(81) } }, 'donor.name'],
      ['with a name of spaces', { donor: { name: '   ' } }, 'donor.name'],
      ['with a name of two lines', { donor: { name: 'Ayu\nBudi' } }, 'donor.name'],
      ['with a name that is a link', { donor: { name: 'judi-online.com' } }, 'donor.name'],
      ['with a name that is a telephone number', { donor: { name: 'WA 0812 3456 7890' } }, 'donor.name'],
      ['with a message too long', { message: 'x'.repeat(281) }, 'message'],
      ['with a message that turns the text around', { message: 'abc\u202edef' }, 'message'],
      ['with a message that holds a NUL', { message: 'abc\u0000def' }, 'message'],
      ['with anonymous as a text', { donor: { anonymous: 'true' } }, 'donor.anonymous'],
      ['as a list', [] as never, ''],
    ];
    for (const [what, change, path] of wrong) {
      it(what, async () => {
        const before = await donationsOf(campaign.id);
        const body = Array.isArray(change) ? change : { gift: rupiah(50_000), method: 'qris', ...change };
        const answer = await donor.post(`/api/v1/campaigns/${campaign.id}/donations`, body, {
          headers: { 'idempotency-key': randomUUID() },
        });
        expect(answer.status).to.equal(400);
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
        expect(answer.problem.code).to.equal('invalid-input');
        expect(answer.problem.errors?.map((error) => error.path)).to.include(path);
        expect(await donationsOf(campaign.id)).to.equal(before);
      });
    }

    it('or what is no JSON, is too large, or was packed', async () => {
      const path = `/api/v1/campaigns/${campaign.id}/donations`;
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      expect((await donor.call('POST', path, { body: '{', headers })).problem.code).to.equal('bad-request');
      const large = await donor.call('POST', path, {
        body: JSON.stringify({ message: 'x'.repeat(1_100_000) }),
        headers,
      });
      expect(large.status).to.equal(413);
      const packed = await donor.call('POST', path, {
        body: '{}',
        headers: { ...headers, 'content-encoding': 'zstd' },
      });
      expect(packed.status).to.equal(415);
    });

    it('or was cut off in the middle', async () => {
      const before = await donationsOf(campaign.id);
      const key = randomUUID();
      const body = JSON.stringify({ gift: rupiah(50_000), method: 'qris' });
      const head = `POST /api/v1/campaigns/${campaign.id}/donations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n`;
      for (const cut of [0, body.length >> 1, body.length - 1]) {
        await new Promise<void>((resolve, reject) => {
          const socket = connect(Number(new URL(platform.url).port), '127.0.0.1', () =>
            socket.write(head + body.slice(0, cut), () => {
              socket.destroy();
              resolve();
            }),
          ).once('error', reject);
        });
      }
      expect((await donor.give(campaign.id)).status).to.equal(201);
      expect(await donationsOf(campaign.id)).to.equal(before + 1);
      expect(
        await platform.house.db.any('select 1 from sk.idempotency_keys where key = $1', key),
      ).to.deep.equal([]);
    });

    it('but not for half a character in its words, which is shown as a gap', async () => {
      const gift = await donor.paid(campaign.id, {
        message: 'Semangat \ud83d',
        donor: { name: 'Sari \ude00' },
      });
      expect((await wall()).items[0]).to.deep.include({
        id: gift.id,
        name: 'Sari \ufffd',
        message: 'Semangat \ufffd',
      });
    });

    it('but not at its bounds', async () => {
      for (const amount of [GIFT_MIN, GIFT_MAX])
        expect((await donor.give(campaign.id, { gift: rupiah(amount), tip: rupiah(0) })).status).to.equal(
          201,
        );
      expect((await donor.give(campaign.id, { message: '', donor: {} })).status).to.equal(201);
    });
  });

  describe('is taken by a campaign', () => {
    for (const [status, refusal] of [
      ['paused', 'not-open'],
      ['ended', 'not-open'],
      ['draft', 'not-found'],
      ['in_review', 'not-found'],
      ['rejected', 'not-found'],
    ] as const) {
      it(`not while it is ${status}: ${refusal}`, async () => {
        const { id } = await liveCampaign(platform.house, { title: `Kampanye ${status}` });
        await platform.house.db.none(
          `update sk.campaigns set status = $2, paused_by = case when $2 = 'paused' then 'team' end where id = $1`,
          [id, status],
        );
        const { problem } = await donor.give(id);
        expect(problem.code).to.equal(refusal);
        expect(await donationsOf(id)).to.equal(0);
        const listed = await donor.get(`/api/v1/campaigns/${id}/donations`);
        expect(listed.status).to.equal(refusal === 'not-open' ? 200 : 404);
      });
    }

    it('not after its last day, also before the clock has ended it', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Kampanye kemarin' });
      await platform.house.db.none('update sk.campaigns set ends_on = current_date - 2 where id = $1', id);
      expect((await donor.give(id)).problem.code).to.equal('not-open');
    });

    it('not where there is none', async () => {
      expect((await donor.give(uuidv7())).problem.code).to.equal('not-found');
      expect((await donor.give('not-an-id')).status).to.equal(400);
    });

    it('once it was pledged in time, also when it is paid after the end', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Kampanye sore' });
      const gift = await donor.pledged(id);
      await platform.house.db.none(`update sk.campaigns set status = 'ended' where id = $1`, id);
      await donor.act(gift.reference, 'pay');
      await until(async () => (await donor.seen(gift)).status === 'paid');
      expect((await page(id)).raised).to.deep.equal(rupiah(50_000));
      // Another way of paying is not begun any more.
      const open = await liveCampaign(platform.house, { title: 'Kampanye pagi' });
      const late = await donor.pledged(open.id);
      await platform.house.db.none(`update sk.campaigns set status = 'ended' where id = $1`, open.id);
      const { problem } = await donor.post(
        `/api/v1/donations/${late.id}/payments`,
        { method: 'gopay' },
        claimed(late),
      );
      expect(problem.code).to.equal('not-open');
    });
  });

  describe('tells the public of its donor', () => {
    /** Everything about a campaign that somebody may have who is nobody: calls, feed, socket, and the page’s HTML. */
    async function everythingPublic(id: string, socket: { said: unknown[] }): Promise<string> {
      const { slug } = await page(id);
      const html = await fetch(`${platform.url}/c/${slug}`);
      return JSON.stringify([
        await page(id),
        (await donor.get('/api/v1/campaigns')).body,
        await wall(id),
        await feed(campaignFeed(id), {}, '?since=0'),
        await feed(campaignFeed(id)),
        socket.said,
        await html.text(),
      ]);
    }
    function ear(name: string, token?: string) {
      const said: unknown[] = [];
      const types: string[] = [];
      let ready = false;
      donor.connect(token ? { token: () => token } : {}).watch<unknown, Record<string, unknown>>(name, {
        onState: (state) => {
          ready = true;
          said.push(state);
        },
        onEvents: (events) => {
          said.push(...events);
          types.push(...events.map(({ type }) => type));
        },
      });
      return { said, types, opened: () => until(() => ready) };
    }

    it('no name where they wish to stay anonymous: not to watchers, not on pages, not to the team', async () => {
      const { id, owner } = await liveCampaign(platform.house, { title: 'Rumah singgah' });
      const token = donor.tokenOf(owner);
      const socket = ear(campaignFeed(id));
      const team = ear(ownerFeed(id), token);
      await Promise.all([socket.opened(), team.opened()]);
      const rahmat = await person(platform.house.db, 'Rahmat-Zulkifli');
      await donor.paid(id, {
        donor: { name: 'Rahmat Zulkifli', email: 'rahmat.zulkifli@example.org', anonymous: true },
        message: 'Dari hamba Allah',
      });
      await donor.paid(id, { donor: { anonymous: true } }, { token: donor.tokenOf(rahmat) });
      await donor.paid(id, { donor: { email: 'rahmat.zulkifli@example.org' } });
      await until(() =>
        [socket, team].every(({ types }) => types.filter((t) => t === 'donation.received').length === 3),
      );
      const everything = await everythingPublic(id, socket);
      expect(everything).to.include('Dari hamba Allah');
      expect(everything).not.to.match(/rahmat|zulkifli/i);
      const ofTeam = JSON.stringify([
        team.said,
        await feed(ownerFeed(id), { token }, '?since=0'),
        await feed(ownerFeed(id), { token }),
      ]);
      expect(ofTeam).to.include('Dari hamba Allah');
      expect(ofTeam).not.to.match(/rahmat|zulkifli/i);
      expect((await wall(id)).items.map(({ name }) => name)).to.deep.equal([null, null, null]);
    });

    it('the alias they chose, and not the name of their account', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Sekolah alam' });
      const socket = ear(campaignFeed(id));
      await socket.opened();
      const siti = await person(platform.house.db, 'Siti-Nurhaliza');
      await donor.paid(id, { donor: { name: 'Keluarga besar' } }, { token: donor.tokenOf(siti) });
      await until(() => socket.types.length > 0);
      const everything = await everythingPublic(id, socket);
      expect(everything).to.include('Keluarga besar');
      expect(everything).not.to.match(/siti|nurhaliza/i);
    });

    it('no name of an account that is a link or a number', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Kebun kota' });
      const shop = await person(platform.house.db, 'slot-gacor.com');
      const gift = await donor.paid(id, {}, { token: donor.tokenOf(shop) });
      expect((await wall(id)).items).to.deep.include({
        id: gift.id,
        name: null,
        gift: rupiah(50_000),
        message: null,
        at: (await donor.seen(gift)).paidAt,
      });
    });

    it('no message that waits for a moderator', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Taman baca' });
      const socket = ear(campaignFeed(id));
      await socket.opened();
      await donor.paid(id, { message: 'Hubungi saya di 0812 3456 7890' });
      await until(() => socket.types.length > 0);
      expect(await everythingPublic(id, socket)).not.to.match(/hubungi|0812/i);
    });
  });

  describe('can be tried again', () => {
    const again = (gift: { id: string; claimToken: string }, method: string) =>
      donor.post<{ payment: DonationCreated['payment'] }>(
        `/api/v1/donations/${gift.id}/payments`,
        { method },
        claimed(gift),
      );
    const latest = async (id: string) => {
      const payment = await platform.house.db.payments.latestOf(id);
      if (!payment) throw new Error('no payment');
      return payment;
    };
    const told = async (gift: { id: string; claimToken: string }): Promise<string[]> =>
      (await feed(donationFeed(gift.id), claimed(gift), '?since=0')).events.map(({ type }) => type);

    it('with another method after a failure, and is paid once', async () => {
      const before = (await page()).raised.amount;
      const gift = await donor.pledged(campaign.id);
      await donor.act(gift.reference, 'fail');
      await until(async () => (await donor.seen(gift)).status === 'failed');
      const { status, body } = await again(gift, 'va_bca');
      expect(status).to.equal(201);
      expect(body.payment).to.include({ method: 'va_bca', status: 'pending' });
      expect((await donor.seen(gift)).status).to.equal('pending');
      const second = await latest(gift.id);
      expect(second.reference).not.to.equal(gift.reference);
      await donor.act(second.reference, 'pay');
      await until(async () => (await donor.seen(gift)).status === 'paid');
      expect((await page()).raised.amount - before).to.equal(50_000);
      expect(await told(gift)).to.deep.equal([
        'donation.pending',
        'donation.failed',
        'donation.pending',
        'donation.paid',
      ]);
      const conflict = await again(gift, 'gopay');
      expect(conflict.problem.code).to.equal('conflict');
    });

    it('before anything failed: the attempt before is given up at the gateway, and the gift stays open', async () => {
      const gift = await donor.pledged(campaign.id);
      await fetch(gift.payment.redirectUrl ?? '');
      await until(async () => (await donor.order(gift.reference))?.status === 'pending');
      await again(gift, 'gopay');
      await until(async () => (await donor.order(gift.reference))?.status === 'expire');
      await until(async () => {
        const payment = await platform.house.db.payments.byReference({
          gateway: 'midtrans',
          reference: gift.reference,
        });
        return payment?.status === 'expired';
      });
      expect((await donor.seen(gift)).status).to.equal('pending');
      expect(await told(gift)).to.deep.equal(['donation.pending', 'donation.pending']);
    });

    it('by a double click without a second order', async () => {
      const gift = await donor.pledged(campaign.id);
      const answers = await Promise.all([again(gift, 'qris'), again(gift, 'qris'), again(gift, 'qris')]);
      for (const { body } of answers) {
        expect(body.payment).to.include({ id: gift.payment.id, redirectUrl: gift.payment.redirectUrl });
      }
    });

    it('only so often', async () => {
      const gift = await donor.pledged(campaign.id);
      const statuses: number[] = [];
      for (let i = 0; i < 11; i++) {
        const { status } = await again(gift, ['gopay', 'va_bni', 'va_bca'][i % 3] ?? '');
        statuses.push(status);
      }
      expect(statuses.slice(0, 9).every((status) => status === 201)).to.equal(true);
      expect(statuses.slice(9)).to.deep.equal([429, 429]);
    });

    it('and if both are paid, the second waits for a person and is not counted', async () => {
      const before = (await page()).raised.amount;
      const gift = await donor.pledged(campaign.id);
      await again(gift, 'va_bri');
      const second = await latest(gift.id);
      await donor.act(gift.reference, 'pay');
      await donor.act(second.reference, 'pay');
      await until(async () => (await platform.house.db.payments.latestOf(gift.id))?.status === 'paid');
      await until(
        async () =>
          (await platform.house.db.payments.byReference({ gateway: 'midtrans', reference: gift.reference }))
            ?.status === 'paid',
      );
      expect((await page()).raised.amount - before).to.equal(50_000);
      expect((await donor.seen(gift)).status).to.equal('paid');
      const dewi = await person(platform.house.db, 'Dewi', 'finance');
      const { state } = await feed(FINANCE, { token: donor.tokenOf(dewi) });
      const references = (state as { quarantined: { reference: string }[] }).quarantined.map(
        ({ reference }) => reference,
      );
      expect(references.filter((one) => [gift.reference, second.reference].includes(one))).to.have.length(1);
    });
  });

  describe('belongs to its donor', () => {
    it('who is whoever holds the claim token, or was signed in; all others are told that there is none', async () => {
      const ada = await person(platform.house.db, 'Ada');
      const eve = await person(platform.house.db, 'Eve');
      const citra = await person(platform.house.db, 'Citra', 'moderator', 'finance', 'admin');
      const gift = await donor.pledged(campaign.id, {}, { token: donor.tokenOf(ada) });
      const other = await donor.pledged(campaign.id);
      const strangers: Parameters<Visitor['get']>[1][] = [
        {},
        { headers: { 'x-claim-token': other.claimToken } },
        { headers: { 'x-claim-token': gift.claimToken.slice(0, -1) } },
        { headers: { 'x-claim-token': `${gift.claimToken}AAAA` } },
        { headers: { 'x-claim-token': '%%%' } },
        { token: donor.tokenOf(eve) },
        { token: donor.tokenOf(citra) },
        { token: donor.tokenOf(campaign.owner) },
      ];
      for (const who of strangers) {
        expect((await donor.get(`/api/v1/donations/${gift.id}`, who)).problem.code).to.equal('not-found');
        const paying = await donor.post(`/api/v1/donations/${gift.id}/payments`, { method: 'gopay' }, who);
        expect(paying.problem.code).to.equal('not-found');
        expect((await donor.post(`/api/v1/donations/${gift.id}/hide`, {}, who)).problem.code).to.equal(
          'not-found',
        );
      }
      expect((await donor.get(`/api/v1/donations/${uuidv7()}`)).problem.code).to.equal('not-found');
      for (const who of [claimed(gift), { token: donor.tokenOf(ada) }])
        expect((await donor.get(`/api/v1/donations/${gift.id}`, who)).status).to.equal(200);
    });

    it('whose claim token says nothing of others and stands nowhere in the database', async () => {
      const gift = await donor.pledged(campaign.id);
      const { rows } = await platform.house.db.result(
        `select (select count(*) from sk.idempotency_keys where response::text like '%' || $1 || '%')::int as n`,
        gift.claimToken,
      );
      expect(rows).to.deep.equal([{ n: 0 }]);
      expect(gift.claimToken).to.match(/^[\w-]{43}$/);
    });
  });

  describe('can be hidden by its donor', () => {
    const hide = (gift: { id: string; claimToken: string }) =>
      donor.post(`/api/v1/donations/${gift.id}/hide`, {}, claimed(gift));

    it('after which name and words are nowhere, also not in what was said before, and the total stands', async () => {
      const { id, owner } = await liveCampaign(platform.house, { title: 'Panti jompo' });
      const token = donor.tokenOf(owner);
      const gift = await donor.paid(id, { donor: { name: 'Ningsih' }, message: 'Untuk Bapak' });
      const total = (await page(id)).raised;
      expect((await hide(gift)).status).to.equal(204);
      for (const name of [campaignFeed(id), ownerFeed(id)]) {
        const { events, head } = await feed(name, { token }, '?since=0');
        expect(events).to.have.length(head);
        expect(JSON.stringify(events)).not.to.match(/ningsih|untuk bapak/i);
        const received = events.find(({ type }) => type === 'donation.received');
        expect(received?.data).to.deep.include({
          id: gift.id,
          name: null,
          message: null,
          gift: rupiah(50_000),
        });
        expect(received?.totals).to.deep.equal({ raised: total, donorCount: 1 });
        expect(events.at(-1)).to.deep.include({ type: 'donation.hidden', data: { id: gift.id } });
        expect(JSON.stringify(await feed(name, { token }))).not.to.match(/ningsih|untuk bapak/i);
      }
      expect((await wall(id)).items).to.deep.equal([]);
      expect((await page(id)).raised).to.deep.equal(total);
      // Their own page still knows them, and hiding again changes nothing.
      expect((await donor.seen(gift)).donorName).to.equal('Ningsih');
      const { head } = await feed(campaignFeed(id));
      expect((await hide(gift)).status).to.equal(204);
      expect((await feed(campaignFeed(id))).head).to.equal(head);
    });

    it('and a watcher hears of it, while one who comes later never reads what was hidden', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Jalan desa' });
      const walls: WallItem[][] = [];
      const heard: string[] = [];
      const early = donor.connect().watch<CampaignState, Record<string, unknown>>(campaignFeed(id), {
        onState: (state) => walls.push(state.wall),
        onEvents: (events) => heard.push(...events.map((event) => JSON.stringify(event))),
      });
      await until(() => walls.length > 0);
      const { head: before } = await feed(campaignFeed(id));
      const gift = await donor.paid(id, { donor: { name: 'Ningsih' } });
      await until(() => heard.some((event) => event.includes('Ningsih')));
      await hide(gift);
      await until(() => heard.some((event) => event.includes('donation.hidden')));
      early.close();
      const late: string[] = [];
      const fresh: unknown[] = [];
      const epoch = (await feed(campaignFeed(id))).epoch;
      donor.connect().watch<CampaignState, Record<string, unknown>>(campaignFeed(id), {
        from: { epoch, since: before },
        onState: (state) => fresh.push(state),
        onEvents: (events) => late.push(...events.map((event) => JSON.stringify(event))),
      });
      await until(() => late.length === 2);
      expect(late.join())
        .to.include(gift.id)
        .and.not.match(/ningsih/i);
      donor.connect().watch<CampaignState, Record<string, unknown>>(campaignFeed(id), {
        onState: (state) => fresh.push(state),
        onEvents: () => {},
      });
      await until(() => fresh.length > 0);
      expect(JSON.stringify(fresh)).not.to.match(/ningsih/i);
    });

    it('before it is paid, and then never shows whose it is', async () => {
      const { id, owner } = await liveCampaign(platform.house, { title: 'Lumbung padi' });
      const token = donor.tokenOf(owner);
      const gift = await donor.pledged(id, { donor: { name: 'Ningsih' }, message: 'Untuk Bapak' });
      expect((await hide(gift)).status).to.equal(204);
      await donor.act(gift.reference, 'pay');
      await until(async () => (await donor.seen(gift)).status === 'paid');
      await until(() => donor.heard.some(({ feed: name }) => name === campaignFeed(id)));
      for (const name of [campaignFeed(id), ownerFeed(id)]) {
        const { events } = await feed(name, { token }, '?since=0');
        expect(JSON.stringify(events)).not.to.match(/ningsih|untuk bapak/i);
        expect(events.map(({ type }) => type)).to.include.members(['donation.received', 'donation.hidden']);
      }
      expect((await wall(id)).items).to.deep.equal([]);
      expect((await page(id)).raised).to.deep.equal(rupiah(50_000));
      const published = donor.heard.filter(({ feed: name }) => name.endsWith(id));
      expect(JSON.stringify(published)).not.to.match(/ningsih|untuk bapak/i);
    });
  });

  describe('that is paid late', () => {
    const financeHeard = (reference: string) =>
      donor.heard
        .filter(({ feed: name }) => name === FINANCE)
        .flatMap(({ events }) => events)
        .filter(({ data }) => (data as { reference?: string }).reference === reference);

    it('is asked about, booked, and marked as late', async () => {
      const before = (await page()).raised.amount;
      const gift = await donor.pledged(campaign.id);
      await donor.misbehave('late-payment', { orderId: gift.reference, ms: 300 });
      await donor.act(gift.reference, 'pay');
      await until(async () => (await donor.seen(gift)).status === 'expired');
      await until(async () => (await donor.seen(gift)).status === 'paid');
      const payment = await platform.house.db.payments.latestOf(gift.id);
      expect(payment).to.include({ status: 'paid', late: true });
      expect((await page()).raised.amount - before).to.equal(50_000);
      const outcomes = await acting(platform.house.db, 'system', 'test', (tx) =>
        tx.any<{ outcome: string }>(
          'select outcome from sk.notices where reference = $1 order by id',
          gift.reference,
        ),
      );
      expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal(['ignored', 'booked', 'noted', 'booked']);
      const { events } = await feed(donationFeed(gift.id), claimed(gift), '?since=0');
      expect(events.map(({ type }) => type)).to.deep.equal([
        'donation.pending',
        'donation.expired',
        'donation.paid',
      ]);
    });

    it('is asked about by the gateway’s own id where it answers to no other, as with DANA', async () => {
      const gift = await donor.pledged(campaign.id, { method: 'dana' });
      await donor.misbehave('late-payment', { orderId: gift.reference, ms: 300 });
      await donor.act(gift.reference, 'pay');
      await until(async () => (await donor.seen(gift)).status === 'paid');
      expect(await platform.house.db.payments.latestOf(gift.id)).to.include({ late: true });
    });

    const runJob = (minutes: number) =>
      expireAttempts({
        ...platform.house,
        now: () => new Date(Date.now() + minutes * 60_000),
        onFault: (fault) => donor.faults.push({ where: 'job', fault }),
      });

    it('is asked about again when the gateway could not be reached the first time', async () => {
      const gift = await donor.pledged(campaign.id);
      await donor.misbehave('late-payment', { orderId: gift.reference, ms: 300 });
      await donor.misbehave('error-500', { call: 'status' });
      await donor.act(gift.reference, 'pay');
      await until(() => donor.faults.some(({ where }) => where === 'ask'));
      donor.faults.splice(0);
      expect((await donor.seen(gift)).status).to.equal('expired');
      await runJob(6);
      await until(async () => (await donor.seen(gift)).status === 'paid');
      expect(financeHeard(gift.reference)).to.deep.equal([]);
    });

    it('and of which the gateway then knows nothing goes before a person, once', async () => {
      const gift = await donor.pledged(campaign.id);
      await donor.act(gift.reference, 'expire');
      await until(async () => (await donor.seen(gift)).status === 'expired');
      const said = { order_id: gift.reference, status_code: '200', gross_amount: '50000.00' };
      const answer = await donor.post('/webhooks/midtrans', {
        ...said,
        transaction_status: 'settlement',
        signature_key: signature(said, platform.config.midtrans.verifyKey),
      });
      expect(answer.status).to.equal(200);
      await until(() => financeHeard(gift.reference).length > 0);
      expect((await donor.seen(gift)).status).to.equal('expired');
      await runJob(6);
      await runJob(12);
      expect(financeHeard(gift.reference)).to.have.length(1);
      const inAWeek = new Date(Date.now() + 7 * 86_400_000);
      const asked = await platform.house.db.payments.takeUnanswered({
        now: inAWeek,
        before: inAWeek,
        askedBefore: inAWeek,
        limit: 100,
      });
      expect(asked.map(({ reference }) => reference)).not.to.include(gift.reference);
      expect(JSON.stringify(financeHeard(gift.reference))).to.match(
        /called paid; asked, the gateway says expired/,
      );
    });
  });

  it('pages through the wall without a gap or a repetition, whatever comes in between', async () => {
    const { id } = await liveCampaign(platform.house, { title: 'Banyak donatur' });
    const gifts = await Promise.all(Array.from({ length: WALL_MAX + 5 }, () => donor.pledged(id)));
    await Promise.all(gifts.map(({ reference }) => donor.act(reference, 'pay')));
    await until(async () => (await page(id)).donorCount === gifts.length);
    const first = await wall(id, '?limit=20');
    await donor.paid(id);
    const second = await wall(id, `?limit=20&cursor=${first.nextCursor}`);
    const ids = [...first.items, ...second.items].map((item) => item.id);
    expect(new Set(ids)).to.deep.equal(new Set(gifts.map((gift) => gift.id)));
    expect(ids).to.have.length(gifts.length);
    expect(second.nextCursor).to.equal(null);
    const wrong = await donor.get(`/api/v1/campaigns/${id}/donations?cursor=bm9uZQ`);
    expect(wrong.problem.errors?.[0]?.path).to.equal('cursor');
    expect((await donor.get(`/api/v1/campaigns/${id}/donations?limit=51`)).status).to.equal(400);
  });

  it('from a form that only a machine fills in is refused without saying why, and no order is made', async () => {
    const before = (await donor.orders()).length;
    const trapped = await donor.give(campaign.id, { form: { website: 'http://spam.example' } });
    expect([trapped.status, trapped.problem.code]).to.deep.equal([422, 'not-allowed']);
    expect(trapped.problem.detail).not.to.match(/honeypot|website|field/i);
    expect((await donor.orders()).length).to.equal(before);
    // It is kept all the same, for whoever looks into it.
    const kept = await platform.house.db.one(
      `select e.decision, e.reasons, p.status, d.status as donation,
         exists (select from sk.feeds f where f.name = 'donation:' || d.id) as told from sk.attempt_evidence e
       join sk.payments p on p.id = e.payment_id join sk.donations d on d.id = p.donation_id
       where e.reasons @> '{honeypot}'`,
    );
    expect(kept).to.deep.equal({
      decision: 'block',
      reasons: ['honeypot'],
      status: 'failed',
      donation: 'failed',
      told: false,
    });
  });

  it('leaves evidence of where it was asked for before any gateway was called', async () => {
    await donor.misbehave('error-500', { call: 'create' });
    const answer = await donor.give(
      campaign.id,
      { donor: { email: 'Sari.Dewi+gift@gmail.com' }, form: { elapsedMs: 900 } },
      { headers: { 'user-agent': 'a test' } },
    );
    expect(answer.status).to.equal(502);
    donor.faults.splice(0);
    const row = await platform.house.db.one(
      `select network::text, device, email_normalised, form_elapsed_ms, decision, reasons from sk.attempt_evidence
       where email_normalised is not null order by at desc limit 1`,
    );
    expect(row).to.deep.equal({
      network: '127.0.0.1/32',
      device: 'a test',
      email_normalised: 'saridewi@gmail.com',
      form_elapsed_ms: 900,
      decision: 'review',
      reasons: ['too-fast'],
    });
  });
});

describe('too many gifts', () => {
  it('from one e-mail are refused for a while, whatever tricks its address plays', async () => {
    const platform = await startPlatform({ LIMITS_FACTOR: '0.25' });
    const donor = visitor(platform);
    try {
      const { id } = await liveCampaign(platform.house);
      const answers: number[] = [];
      for (const email of [
        'a.b@gmail.com',
        'ab+1@gmail.com',
        'AB@googlemail.com',
        'a.b+2@gmail.com',
        'ab@gmail.com',
        'ab@gmail.com',
      ])
        answers.push((await donor.give(id, { donor: { email } })).status);
      expect(answers).to.deep.equal([201, 201, 201, 201, 201, 429]);
      expect((await donor.give(id, { donor: { email: 'other@gmail.com' } })).status).to.equal(201);
      expect((await donor.orders()).length).to.equal(6);
    } finally {
      donor.close();
      await platform.close();
    }
  });
});
