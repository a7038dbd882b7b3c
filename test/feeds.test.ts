import { expect } from 'chai';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import { edit } from '../server/domain/campaigns/edit.ts';
import { endDue } from '../server/domain/campaigns/end-due.ts';
import { pause, resume } from '../server/domain/campaigns/pause.ts';
import { stories } from '../server/domain/campaigns/stories.ts';
import { claims } from '../server/domain/donations/claim.ts';
import { book, receiver } from '../server/domain/donations/receive.ts';
import { hideDonation, reviewMessage } from '../server/domain/donations/words.ts';
import { mayWatch, readFeed } from '../server/domain/feeds/watch.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { apply } from '../server/protocol/apply.ts';
import {
  CATCH_UP_MAX,
  type CampaignState,
  campaignFeed,
  donationFeed,
  type FeedEvent,
  type FeedPage,
  FINANCE,
  MODERATION,
  ownerFeed,
  parseFeed,
  REVOCATIONS,
  userFeed,
} from '../server/protocol/feeds.ts';
import { rupiah } from '../server/protocol/money.ts';
import {
  expectBalancedBooks,
  liveCampaign,
  openHouse,
  person,
  pledged,
  type TestHouse,
} from './support/house.ts';
import { said } from './support/notices.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

describe('a feed, read over HTTP,', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  let name: string;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    campaign = await liveCampaign(platform.house);
    name = campaignFeed(campaign.id);
    for (let i = 0; i < 3; i++) await outside.paid(campaign.id);
  });
  after(async () => {
    outside.close();
    await platform.close();
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
  });

  const ask = (feed: string, query = '', more: Parameters<Visitor['get']>[1] = {}) =>
    outside.get<FeedPage>(`/api/v1/feeds/${feed}/events${query}`, more);
  const read = async (query = '', feed = name): Promise<FeedPage> => {
    const { status, body } = await ask(feed, query);
    expect(status).to.equal(200);
    return body;
  };
  const seqs = ({ events }: FeedPage): number[] => events.map(({ seq }) => seq);

  describe('gives', () => {
    it('the whole state to who says nothing, and nobody keeps a copy of it', async () => {
      const { body, headers } = await ask(name);
      const { head } = body;
      expect(body.events).to.deep.equal([]);
      expect(Object.keys(body).sort()).to.deep.equal(['epoch', 'events', 'head', 'state']);
      const state = body.state as CampaignState;
      expect(state.totals.donorCount).to.equal(3);
      expect(state.wall).to.have.length(3);
      expect(head).to.be.at.least(3);
      expect(headers.get('cache-control')).to.equal('no-store');
    });

    it('what came after `since`, exclusive, without the state', async () => {
      const { head, epoch } = await read();
      const all = await read('?since=0');
      expect(all).not.to.have.property('state');
      expect(seqs(all)).to.deep.equal(Array.from({ length: head }, (_, i) => i + 1));
      expect(all.epoch).to.equal(epoch);
      expect(seqs(await read(`?since=${head - 2}`))).to.deep.equal([head - 1, head]);
      expect(await read(`?since=${head}`)).to.deep.equal({ epoch, head, events: [] });
    });

    it('at most `limit` of them, from the oldest, and says how far it goes on', async () => {
      const { head } = await read();
      const page = await read('?since=0&limit=2');
      expect(seqs(page)).to.deep.equal([1, 2]);
      expect(page.head).to.equal(head);
    });

    it('the state to who comes from another epoch, or from beyond its end', async () => {
      const { head, epoch } = await read();
      expect(await read(`?since=1&epoch=${epoch}`)).not.to.have.property('state');
      for (const query of [
        `?since=1&epoch=another`,
        `?since=${head + 1}`,
        `?since=${head + 1}&epoch=${epoch}`,
      ]) {
        const page = await read(query);
        expect(page.events, query).to.deep.equal([]);
        expect(page.state, query).to.have.property('totals');
      }
    });

    it('the state to who is further behind than it tells one by one, and events to who is just not', async () => {
      const { id } = await liveCampaign(platform.house, { title: 'Ramai sekali' });
      const feed = campaignFeed(id);
      const event = { feed, type: 'campaign.milestone', data: { percent: 25 } };
      const { head: before } = await read('', feed);
      await acting(platform.house.db, 'system', 'test', (tx) =>
        tx.feeds.append(Array.from({ length: CATCH_UP_MAX }, () => event)),
      );
      const follows = await read(`?since=${before}`, feed);
      expect(follows.events).to.have.length(CATCH_UP_MAX);
      expect(follows).not.to.have.property('state');
      await acting(platform.house.db, 'system', 'test', (tx) => tx.feeds.append([event]));
      const lost = await read(`?since=${before}`, feed);
      expect(lost.events).to.deep.equal([]);
      expect(lost).to.have.property('state');
      expect((await read(`?since=${before + 1}`, feed)).events).to.have.length(CATCH_UP_MAX);
      expect((await read(`?since=${before + 1}&limit=1`, feed)).events).to.have.length(1);
    });

    it('each event with number, type, time and data, and on a campaign the sum as it then stood', async () => {
      const { events } = await read('?since=0');
      for (const event of events) {
        expect(event).to.include.all.keys('seq', 'type', 'at', 'data');
        expect(new Date(event.at).toISOString()).to.equal(event.at);
      }
      const sums = events.filter(({ type }) => type === 'donation.received').map(({ totals }) => totals);
      expect(sums).to.deep.equal([1, 2, 3].map((n) => ({ raised: rupiah(n * 50_000), donorCount: n })));
    });

    it('the same as the socket gives', async () => {
      let watched: { state: unknown; head: number } | undefined;
      outside.connect().watch<CampaignState, Record<string, unknown>>(name, {
        onState: (state, head) => {
          watched = { state, head };
        },
        onEvents: () => {},
      });
      await until(() => watched);
      const { state, head } = await read();
      expect(watched).to.deep.equal({ state, head });
    });
  });

  it('refuses what is no question, with its path', async () => {
    const wrong: [string, string, string][] = [
      [name, '?since=-1', 'since'],
      [name, '?since=1.5', 'since'],
      [name, '?since=x', 'since'],
      [name, '?since=99999999999999999999', 'since'],
      [name, '?limit=0', 'limit'],
      [name, `?limit=${CATCH_UP_MAX + 1}`, 'limit'],
      [name, '?epoch=%3Cscript%3E', 'epoch'],
      [name, '?since=1&since=2', 'since'],
      [name, '?more=1', 'more'],
      ['campaign:1', '', 'feed'],
      [`campaign:${campaign.id.toUpperCase()}`, '', 'feed'],
      [`campaign:${campaign.id}x`, '', 'feed'],
      [`${name}%0A`, '', 'feed'],
      [REVOCATIONS, '', 'feed'],
      ['mystery', '', 'feed'],
    ];
    for (const [feed, query, path] of wrong) {
      const { status, problem } = await ask(feed, query);
      expect(status, feed + query).to.equal(400);
      expect(
        problem.errors?.map((error) => error.path),
        feed + query,
      ).to.deep.equal([path]);
    }
  });

  it('is not there for what does not exist or is not public', async () => {
    expect((await ask(campaignFeed(uuidv7()))).problem.code).to.equal('not-found');
    for (const status of ['draft', 'in_review', 'rejected']) {
      const { id, owner } = await liveCampaign(platform.house, { title: `Belum umum ${status}` });
      await platform.house.db.none('update sk.campaigns set status = $2 where id = $1', [id, status]);
      expect((await ask(campaignFeed(id))).problem.code).to.equal('not-found');
      expect((await ask(campaignFeed(id), '?since=0')).problem.code).to.equal('not-found');
      expect((await ask(ownerFeed(id), '', { token: outside.tokenOf(owner) })).status).to.equal(200);
    }
  });

  it('may be read by whom it is for, and by nobody else', async () => {
    const { db } = platform.house;
    const ada = await person(db, 'Ada');
    const eve = await person(db, 'Eve');
    const staff = {
      moderator: await person(db, 'Citra', 'moderator'),
      finance: await person(db, 'Dewi', 'finance'),
      auditor: await person(db, 'Auditor', 'auditor'),
      admin: await person(db, 'Admin', 'admin'),
    };
    const editor = await person(db, 'Editor');
    await db.none(`insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, 'viewer')`, [
      campaign.id,
      editor.userId,
    ]);
    const gift = await outside.pledged(campaign.id, {}, { token: outside.tokenOf(ada) });
    const other = await outside.pledged(campaign.id);
    const everyone: [string, Parameters<Visitor['get']>[1]][] = [
      ['guest', {}],
      ['claim', { headers: { 'x-claim-token': gift.claimToken } }],
      ['other claim', { headers: { 'x-claim-token': other.claimToken } }],
      ...Object.entries({ ada, eve, owner: campaign.owner, editor, ...staff }).map(
        ([who, user]): [string, Parameters<Visitor['get']>[1]] => [who, { token: outside.tokenOf(user) }],
      ),
    ];
    const allowed: Record<string, string[]> = {
      [name]: everyone.map(([who]) => who),
      [donationFeed(gift.id)]: ['claim', 'ada'],
      [ownerFeed(campaign.id)]: ['owner', 'editor'],
      [userFeed(ada.userId)]: ['ada'],
      [MODERATION]: ['moderator', 'admin'],
      [FINANCE]: ['finance', 'auditor', 'admin'],
    };
    for (const [feed, who] of Object.entries(allowed)) {
      for (const [one, as] of everyone) {
        const { status } = await ask(feed, '', as);
        const isGuest = ['guest', 'claim', 'other claim'].includes(one);
        expect(status, `${one} on ${feed}`).to.equal(who.includes(one) ? 200 : isGuest ? 401 : 403);
      }
    }
    for (const [one, as] of everyone) expect((await ask(REVOCATIONS, '', as)).status, one).to.equal(400);
  });

  it('of revocations is for nobody, also where the name is let through', async () => {
    const { db } = platform.house;
    const admin = await person(db, 'Admin', 'admin');
    expect(await mayWatch(platform.house, { principal: admin, feed: REVOCATIONS })).to.equal(false);
  });

  it('of a team is closed to whoever has left it', async () => {
    const { db } = platform.house;
    const editor = await person(db, 'Sebentar');
    const member = [campaign.id, editor.userId];
    const token = outside.tokenOf(editor);
    await db.none(
      `insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, 'editor')`,
      member,
    );
    expect((await ask(ownerFeed(campaign.id), '', { token })).status).to.equal(200);
    await db.none('delete from sk.campaign_members where campaign_id = $1 and user_id = $2', member);
    expect((await ask(ownerFeed(campaign.id), '', { token })).status).to.equal(403);
  });
});

describe('numbers on a feed', () => {
  let house: TestHouse;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.close());
  afterEach(() => expectBalancedBooks(house.db));

  const append = (feed: string, n: number) =>
    acting(house.db, 'system', 'test', (tx) =>
      tx.feeds.append(Array.from({ length: n }, () => ({ feed, type: 'test', data: {} }))),
    );

  it('have no gap and no repetition when many write at once, and stand in the order of their commits', async () => {
    const feed = donationFeed(uuidv7());
    await house.db.feeds.open([feed]);
    const news = await Promise.all(Array.from({ length: 40 }, (_, i) => append(feed, 1 + (i % 3))));
    const ranges = news
      .flat()
      .map(({ from, to }) => [from, to] as const)
      .sort(([a], [b]) => a - b);
    let last = 0;
    for (const [from, to] of ranges) {
      expect(from).to.equal(last + 1);
      last = to;
    }
    expect((await house.db.feeds.head(feed))?.head).to.equal(last);
    const events = await house.db.feeds.since(feed, 0, 1_000);
    expect(events.map(({ seq }) => seq)).to.deep.equal(Array.from({ length: last }, (_, i) => i + 1));
    const times = events.map(({ at }) => at);
    expect(times).to.deep.equal([...times].sort());
  });

  it('stand in the order of the wall, also when many servers book for one campaign at once', async () => {
    const campaign = await liveCampaign(house);
    const gifts = [];
    for (let i = 0; i < 12; i++)
      gifts.push(...(await Promise.all([1, 2, 3].map(() => pledged(house, campaign.id)))));
    const news = await Promise.all(gifts.map((gift) => book(house.db, [said(house, gift)])));
    house.bus.publish(news.flatMap((one) => one.news));
    const events = await house.db.feeds.since(campaignFeed(campaign.id), 0, 1_000);
    const received = events
      .filter(({ type }) => type === 'donation.received')
      .map(({ data }) => (data as { id: string }).id);
    const wall = await house.db.donations.wall({ campaignId: campaign.id, after: null, limit: 100 });
    expect(received).to.have.length(gifts.length);
    expect(wall.map(({ id }) => id)).to.deep.equal(received.reverse());
  });

  it('are not used up by what is rolled back', async () => {
    const feed = donationFeed(uuidv7());
    await house.db.feeds.open([feed]);
    await append(feed, 1);
    await acting(house.db, 'system', 'test', async (tx) => {
      await tx.feeds.append([{ feed, type: 'test', data: {} }]);
      throw new Error('no');
    }).catch(() => {});
    const [news] = await append(feed, 1);
    expect(news).to.include({ from: 2, to: 2 });
  });

  it('are not given on a feed that was never opened', async () => {
    const refusal = await append('donation:none', 1).catch((error: Error) => error.message);
    expect(refusal).to.match(/never opened/);
  });
});

/** One thing that happens. Numbers choose among what there is at that time. */
type Deed =
  | { do: 'give'; amount: number; tip: number; name: string | null; message: string | null }
  | { do: 'pay'; which: number[]; apart: boolean }
  | { do: 'word'; which: number; status: 'expire' | 'deny' | 'pending' }
  | { do: 'again'; which: number }
  | { do: 'odd'; which: number }
  | { do: 'hide'; which: number }
  | { do: 'review'; which: number; show: boolean }
  | { do: 'pause' }
  | { do: 'prolong' };

describe('the state of a feed with the events after it', () => {
  let house: TestHouse;
  const rendering = stories();
  before(async () => {
    house = await openHouse();
  });
  after(async () => {
    await rendering.close();
    await house.close();
  });

  const which = fc.nat({ max: 1_000 });
  const deed: fc.Arbitrary<Deed> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('give' as const),
        amount: fc.integer({ min: 1_000, max: 3_000_000 }),
        tip: fc.constantFrom(0, 5_000),
        name: fc.constantFrom(null, 'Ayu', 'Budi'),
        message: fc.constantFrom(null, 'Semoga berkah', 'Hubungi 0812 3456 7890'),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('pay' as const),
        which: fc.array(which, { minLength: 1, maxLength: 8 }),
        apart: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('word' as const),
        which,
        status: fc.constantFrom('expire' as const, 'deny' as const, 'pending' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('odd' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('hide' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('review' as const), which, show: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('prolong' as const) }) },
  );

  it('is the state that the database gives, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 0, max: 28 }),
        live,
      ),
      // A failure prints its seed and its path; give them here to see it again.
      { numRuns: 15, endOnFailure: true },
    );
  }).timeout(120_000);

  async function live(history: Deed[], crowd: number): Promise<void> {
    const { db, bus } = house;
    const campaign = await liveCampaign(
      { ...house, stories: rendering },
      { goal: 5_000_000, title: 'Riwayat acak' },
    );
    const now = () => new Date();
    // Two servers, each with batches of its own.
    const servers = [1, 2].map(() => receiver({ ...house, ask: () => {}, batchMax: 4 }));
    const receive = (notices: ReturnType<typeof said>[], server = 0) =>
      servers[server]?.receive(notices) ?? [];
    const gifts: Awaited<ReturnType<typeof pledged>>[] = [];
    /** Until the campaign's last day. */
    let days = 21;
    const give = async ({
      amount = 50_000,
      tip = 0,
      name = null as string | null,
      message = null as string | null,
    }) => {
      gifts.push(
        await pledged(house, campaign.id, {
          amount,
          ...(tip ? { tip: rupiah(tip) } : {}),
          ...(name ? { donor: { name } } : {}),
          ...(message ? { message } : {}),
        }),
      );
    };
    const pick = (n: number) => gifts[n % gifts.length];
    /** A "no" is an answer like another; it must leave no trace either. */
    const refusable = async (work: Promise<unknown>): Promise<void> => {
      await work.catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
    };

    // Up to a wall that is almost full, so that some histories push gifts off it.
    for (let i = 0; i < crowd; i++) await give({ name: `Orang ${'abcdefghijklmnopqrstuvwxyz'[i % 26]}` });
    await receive(gifts.map((gift) => said(house, gift)));

    const feeds = [campaignFeed(campaign.id), ownerFeed(campaign.id), MODERATION, FINANCE];
    const followed = new Map<string, { head: number; state: unknown }>();
    for (const feed of feeds) followed.set(feed, await present(feed));

    for (const one of history) {
      await happen(one);
      for (const feed of feeds) await follow(feed);
    }
    await endDue({ db, bus, now: () => new Date(Date.now() + 400 * 86_400_000) });
    for (const feed of feeds) await follow(feed);
    await expectBalancedBooks(db);

    async function present(feed: string): Promise<{ head: number; state: unknown }> {
      const reading = await readFeed(db, feed, null);
      if (!reading) throw new Error(`no ${feed}`);
      return { head: reading.head, state: JSON.parse(JSON.stringify(reading.state)) };
    }

    /** Goes on from what was known by what was said since, and compares it with what a newcomer is given. */
    async function follow(feed: string): Promise<void> {
      const known = followed.get(feed);
      if (!known) throw new Error('not followed');
      const fresh = await present(feed);
      const events: FeedEvent[] = JSON.parse(JSON.stringify(await db.feeds.since(feed, known.head, 1_000)));
      let { state } = known;
      for (const event of events) {
        // An event that says too little for it: whoever follows asks for the state anew.
        if (state !== undefined) state = apply(parseFeed(feed).kind, state, event);
      }
      expect(events.at(-1)?.seq ?? known.head).to.equal(fresh.head);
      if (state !== undefined) expect(state, feed).to.deep.equal(fresh.state);
      followed.set(feed, fresh);
    }

    async function happen(deed: Deed): Promise<void> {
      if (deed.do === 'give') return refusable(give(deed));
      if (deed.do === 'pause') {
        const status = (await db.one('select status from sk.campaigns where id = $1', campaign.id)).status;
        return status === 'live'
          ? pause({ db, bus }, campaign.moderator, campaign.id)
          : resume({ db, bus, now }, campaign.moderator, campaign.id);
      }
      if (deed.do === 'prolong') {
        days += 1;
        const endsOn = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
        return edit({ db, bus, stories: rendering, now }, campaign.owner, campaign.id, { endsOn });
      }
      if (gifts.length === 0) return;
      if (deed.do === 'pay') {
        const notices = deed.which.flatMap((n) => {
          const gift = pick(n);
          return gift ? [said(house, gift)] : [];
        });
        const half = deed.apart ? notices.length >> 1 : 0;
        await Promise.all([receive(notices.slice(0, half), 1), receive(notices.slice(half))]);
        return;
      }
      const gift = pick(deed.which);
      if (!gift) return;
      switch (deed.do) {
        case 'word':
          await receive([said(house, { ...gift, status: deed.status })]);
          return;
        case 'odd':
          await receive([said(house, { ...gift, amountMinor: gift.amountMinor + 1n, id: uuidv7() })]);
          return;
        case 'again':
          await receive([said(house, { ...gift, id: uuidv7() })]);
          return;
        case 'hide':
          return hideDonation({ db, bus }, gift.donationId);
        case 'review':
          return refusable(
            reviewMessage(
              { db, bus },
              {
                donationId: gift.donationId,
                moderatorId: campaign.moderator.userId,
                request: { decision: deed.show ? 'show' : 'reject' },
              },
            ),
          );
      }
    }
  }
});

describe('a claim token', () => {
  it('opens the one donation that it was made for', () => {
    const keys = claims('a secret of this test');
    const [one, other] = [uuidv7(), uuidv7()];
    expect(keys.holds(one, keys.tokenOf(one))).to.equal(true);
    expect(keys.holds(other, keys.tokenOf(one))).to.equal(false);
    expect(keys.holds(one, undefined)).to.equal(false);
    expect(claims('another secret').holds(one, keys.tokenOf(one))).to.equal(false);
  });
});
