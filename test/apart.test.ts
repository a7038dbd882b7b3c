import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { io } from 'socket.io-client';
import { connect } from '../client/src/feed.ts';
import { inProcessBus } from '../server/bus.ts';
import { closeDb, type Db, openDb } from '../server/db/open.ts';
import type { CampaignView } from '../server/protocol/campaigns.ts';
import type { DonationCreated } from '../server/protocol/donations.ts';
import { type CampaignEvents, type CampaignState, campaignFeed } from '../server/protocol/feeds.ts';
import { launchChromium } from './support/chromium.ts';
import { killed } from './support/door.ts';
import { type Apart, startApart } from './support/doors.ts';
import { expectBalancedBooks, liveCampaign } from './support/house.ts';
import { until } from './support/until.ts';

const GIFT = 25_000;

/** One who watches a campaign through nginx, and keeps what the page would show. */
function watcher(url: string, campaignId: string, number: number) {
  // Not more from one address than a household has.
  const localAddress = `127.0.1.${1 + (number >> 6)}`;
  const connection = connect({ url, socket: { localAddress } as object });
  const seen = { gifts: [] as string[], raised: 0, head: 0, viewers: 0, status: '' };
  connection.onStatus((status) => {
    seen.status = status;
  });
  connection.onViewers(campaignFeed(campaignId), (count) => {
    seen.viewers = count;
  });
  connection.watch<CampaignState, CampaignEvents>(campaignFeed(campaignId), {
    onState(state, head) {
      seen.head = head;
      seen.raised = state.totals.raised.amount;
      for (const { id } of state.wall) if (!seen.gifts.includes(id)) seen.gifts.push(id);
    },
    onEvents(events) {
      for (const event of events) {
        seen.head = event.seq;
        if (event.type === 'donation.received') seen.gifts.push((event.data as { id: string }).id);
        if (event.totals) seen.raised = event.totals.raised.amount;
      }
    },
  });
  return { seen, close: () => connection.close() };
}

describe('the doors apart, behind nginx and with Redis between them', () => {
  let apart: Apart;
  let db: Db;
  let browser: Browser;
  let campaignId: string;
  const watchers: ReturnType<typeof watcher>[] = [];

  before(async () => {
    apart = await startApart();
    browser = await launchChromium();
    db = openDb({ url: apart.database.appUrl, max: 4, name: 'test' });
    const bus = inProcessBus({ onFault: () => {} });
    ({ id: campaignId } = await liveCampaign({ db, bus }, { goal: 900_000_000 }));
  });
  after(async () => {
    await browser.close();
    await closeDb(db);
    await apart.close();
  });
  afterEach(async () => {
    for (const one of watchers.splice(0)) one.close();
    await expectBalancedBooks(db);
  });

  const watch = (count: number) => {
    for (let i = 0; i < count; i += 1) watchers.push(watcher(apart.url, campaignId, i));
    return until(() => watchers.every(({ seen }) => seen.status === 'live' && seen.head > 0), {
      timeoutMs: 60_000,
      what: 'all watchers to be live',
    });
  };
  const raised = async (): Promise<number> => {
    const answer = await fetch(`${apart.url}/api/v1/campaigns/${campaignId}`);
    return ((await answer.json()) as { campaign: CampaignView }).campaign.raised.amount;
  };

  /** Pledges as a page does: the same key until there is an answer, whatever breaks on the way. */
  async function pledge(): Promise<DonationCreated> {
    const key = randomUUID();
    return until(
      async () => {
        const answer = await fetch(`${apart.url}/api/v1/campaigns/${campaignId}/donations`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify({ gift: { amount: GIFT, currency: 'IDR' }, method: 'qris' }),
        });
        return answer.status === 201 ? ((await answer.json()) as DonationCreated) : undefined;
      },
      { timeoutMs: 60_000, everyMs: 200, what: 'a pledge to be taken' },
    );
  }
  async function give(): Promise<string> {
    const { donation, payment } = await pledge();
    const paid = await fetch(payment.redirectUrl ?? '', {
      method: 'POST',
      body: new URLSearchParams({ action: 'pay' }),
      redirect: 'manual',
    });
    expect(paid.status).to.be.below(400);
    return donation.id;
  }
  const allSaw = (gifts: string[]) =>
    until(() => watchers.every(({ seen }) => gifts.every((id) => seen.gifts.includes(id))), {
      timeoutMs: 60_000,
      what: 'every watcher to see every gift',
    });
  const expectOnce = (): void => {
    for (const { seen } of watchers) expect(new Set(seen.gifts).size).to.equal(seen.gifts.length);
  };

  it('shows a gift once to all who watch, whichever process they landed on', async () => {
    await watch(6);
    const before = await raised();
    const gifts = await Promise.all(Array.from({ length: 8 }, give));
    await allSaw(gifts);
    expectOnce();
    expect(await raised()).to.equal(before + 8 * GIFT);
    for (const { seen } of watchers) expect(seen.raised).to.equal(before + 8 * GIFT);
  });

  it('counts viewers over all processes, and those of a process that died no longer', async () => {
    await watch(6);
    await until(() => watchers.every(({ seen }) => seen.viewers === 6), {
      what: 'six viewers to be counted',
    });
    const [first] = apart.realtimes;
    await killed(first);
    await until(() => watchers.every(({ seen }) => seen.status === 'live' && seen.viewers === 6), {
      timeoutMs: 30_000,
      what: 'all to land elsewhere and to be counted there',
    });
    apart.realtimes[0] = await apart.start('realtime', first.port);
  });

  it('ends a session on every process also while Redis is down', async () => {
    const email = `wayan-${randomUUID().slice(0, 8)}@example.org`;
    const registered = await fetch(`${apart.url}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: 'sebuah perahu besar', name: 'Wayan' }),
    });
    const { accessToken } = (await registered.json()) as { accessToken: string };
    const cookie = registered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const me = (url: string) =>
      fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    for (const { url } of apart.servers) expect((await me(url)).status).to.equal(200);
    const live = apart.realtimes.map(({ url }) =>
      io(url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        auth: { token: accessToken },
      }),
    );
    await until(() => live.every(({ connected }) => connected));
    await apart.redis.kill();
    const out = await fetch(`${apart.url}/api/v1/auth/logout`, {
      method: 'POST',
      headers: { 'x-requested-with': 'sangkuriang', cookie, authorization: `Bearer ${accessToken}` },
    });
    expect(out.status).to.be.below(300);
    for (const { url } of apart.servers) await until(async () => (await me(url)).status === 401);
    await until(() => live.every(({ connected }) => !connected), { what: 'each live door to hang up' });
    const refused: string[] = [];
    for (const socket of live) {
      socket.on('connect_error', (error) => refused.push(error.message));
      socket.connect();
    }
    await until(() => refused.length === live.length);
    expect(new Set(refused)).to.deep.equal(new Set(['unauthenticated']));
    await apart.redis.start();
  });

  it('loses nothing and counts nothing twice when one of each door and Redis are killed in the middle', async () => {
    await watch(6);
    const before = await raised();
    // And a person with a phone, whose page nobody touches.
    const { slug } = await db.one<{ slug: string }>(
      'select slug from sk.campaigns where id = $1',
      campaignId,
    );
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'id-ID' });
    await page.goto(`${apart.url}/c/${slug}`);
    await page.getByText('langsung', { exact: true }).waitFor();
    const shown = async () =>
      Number(((await page.locator('.hero-total').textContent()) ?? '').replace(/\D/g, ''));
    await until(async () => (await shown()) === before);
    let isOver = false;
    const given: Promise<string>[] = [];
    const giving = (async () => {
      while (!isOver) {
        given.push(give());
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    })();
    const some = (count: number) => until(() => given.length >= count, { timeoutMs: 30_000 });
    await some(10);
    await killed(apart.servers[1]);
    await killed(apart.realtimes[1]);
    await killed(apart.jobs[1]);
    await some(25);
    await apart.redis.kill();
    await some(40);
    await apart.redis.start();
    apart.servers[1] = await apart.start('server', apart.servers[1].port);
    apart.realtimes[1] = await apart.start('realtime', apart.realtimes[1].port);
    apart.jobs[1] = await apart.start('jobs', apart.jobs[1].port);
    await some(60);
    isOver = true;
    await giving;
    const gifts = await Promise.all(given);
    await allSaw(gifts);
    expectOnce();
    await until(async () => (await raised()) === before + gifts.length * GIFT, { timeoutMs: 30_000 });
    await until(() => watchers.every(({ seen }) => seen.raised === before + gifts.length * GIFT));
    await until(async () => (await shown()) === before + gifts.length * GIFT, {
      timeoutMs: 40_000,
      what: 'the page to show the total by itself',
    });
    await page.getByText('langsung', { exact: true }).waitFor();
    await page.close();
  });
});
