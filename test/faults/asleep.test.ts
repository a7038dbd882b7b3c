import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { realtime } from '../../realtime/io.ts';
import { acting } from '../../server/db/open.ts';
import { GUEST } from '../../server/domain/accounts/principal.ts';
import { ACCESS_TOKEN_MS, tokens } from '../../server/domain/accounts/tokens.ts';
import { claims } from '../../server/domain/donations/claim.ts';
import { receiver } from '../../server/domain/donations/receive.ts';
import { mayWatch, readFeed, readHeads } from '../../server/domain/feeds/watch.ts';
import {
  CATCH_UP_MAX,
  campaignFeed,
  donationFeed,
  MODERATION,
  ownerFeed,
} from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import { expectBalancedBooks, liveCampaign, openHouse, pledged, type TestHouse } from '../support/house.ts';
import { said } from '../support/notices.ts';
import { until } from '../support/until.ts';
import type { Said, Told } from './laptop.ts';
import { expectTruth, type Shown } from './screens.ts';

const PATIENCE = { timeoutMs: 60_000 };
/** Of the first token; the laptop sleeps longer. */
const TOKEN_MS = 8_000;
const SECRET = 'a secret of more than thirty-two bytes';

describe('whoever opens a laptop after a day', function () {
  this.timeout(180_000);
  let house: TestHouse;
  let server: Server;
  let live: ReturnType<typeof realtime>;
  let laptop: ChildProcess;

  before(async () => {
    house = await openHouse();
  });
  after(async () => {
    laptop?.kill('SIGKILL');
    await live?.drain();
    server?.close();
    await house.close();
  });

  it('is told by a state what cannot be told one by one, and all else one by one', async () => {
    const { id: campaignId, owner } = await liveCampaign(house);
    const gift = await pledged(house, campaignId);
    const claim = claims(SECRET);
    const signing = tokens({
      secrets: { a: SECRET },
      signWith: 'a',
      revocations: { isRevoked: () => false },
    });
    live = realtime({
      source: {
        read: (feed, since) => readFeed(house.db, feed, since),
        heads: (feeds) => readHeads(house.db, feeds),
      },
      bus: house.bus,
      identify: async (token) => (token === null ? GUEST : signing.verify(token)),
      mayWatch: (principal, feed, claimToken) =>
        mayWatch({ db: house.db, claims: claim }, { principal, feed, claimToken }),
      tokenLifeMs: ACCESS_TOKEN_MS,
      fault: (where, fault) => house.faults.push(`${where}: ${fault}`),
      pingEveryMs: 1_000,
      pongMsMax: 2_000,
    });
    server = createServer();
    live.attach(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    // The owner moderates too, so that one laptop sees all there is.
    let screens: Shown[] = [];
    let asked = 0;
    const tell = (told: Told) => laptop.send(told);
    const firstRunsOut = Date.now() + TOKEN_MS;
    laptop = fork(new URL('./laptop.ts', import.meta.url), {
      execArgv: ['--import', import.meta.resolve('tsx')],
    });
    laptop.on('message', (message: Said) => {
      if ('screens' in message) screens = message.screens;
      else {
        const at = asked === 0 ? new Date(firstRunsOut - ACCESS_TOKEN_MS) : new Date();
        asked += 1;
        const roles = ['moderator' as const];
        tell({ token: signing.issue({ userId: owner.userId, roles, family: owner.family, at }).accessToken });
      }
    });
    const [campaign, team, donation] = [
      campaignFeed(campaignId),
      ownerFeed(campaignId),
      donationFeed(gift.donationId),
    ];
    const feeds = [
      { feed: campaign },
      { feed: team },
      { feed: MODERATION },
      { feed: donation, claimToken: claim.tokenOf(gift.donationId) },
    ];
    tell({ open: { url, feeds } });
    await until(() => screens.length === 4 && screens.every(({ states }) => states.length > 0), PATIENCE);

    laptop.kill('SIGSTOP');
    await until(() => live.stats().watchers === 0, { ...PATIENCE, what: 'the door to let it go' });
    const { receive } = receiver({ ...house, ask: () => {} });
    const pay = ({ reference, amountMinor }: typeof gift) =>
      receive([said(house, { reference, amountMinor })]);
    await pay(gift);
    for (let i = 0; i < 3; i += 1) await pay(await pledged(house, campaignId));
    const many = 4 * CATCH_UP_MAX;
    await say(house, many, () => ({ feed: campaign, type: 'campaign.milestone', data: { percent: 25 } }));
    const amount = rupiah(1_000);
    await say(house, many, () => ({
      feed: team,
      type: 'payout.changed',
      data: { id: uuidv7(), status: 'requested', amount },
    }));
    await say(house, many, () => ({
      feed: MODERATION,
      type: 'campaign.reviewed',
      data: { id: uuidv7(), decision: 'approve' },
    }));
    await until(() => Date.now() > firstRunsOut, { ...PATIENCE, what: 'the token to run out' });
    const before = screens.map(({ shown }) => shown);

    laptop.kill('SIGCONT');
    for (const [i, { feed }] of feeds.entries())
      await until(async () => (await house.db.feeds.head(feed))?.head === screens[i]?.last, PATIENCE);
    for (const one of screens) await expectTruth(house.db, one);
    expect(asked, 'tokens it came with').to.be.above(1);
    const heads = screens.map(({ last }) => last);
    for (const i of [0, 1, 2]) {
      expect(screens[i]?.states, screens[i]?.feed).to.have.length(2);
      expect(screens[i]?.states[1]).to.equal(heads[i]);
      expect(screens[i]?.shown, 'events of a list that had lost its beginning').to.equal(before[i]);
    }
    expect(screens[3]?.states).to.have.length(1);
    expect(screens[3]?.events.map(({ type }) => type)).to.deep.equal(['donation.paid']);

    await pay(await pledged(house, campaignId));
    await until(() => screens[0]?.last === (heads[0] ?? 0) + 1, PATIENCE);
    expect(screens[0]?.events.at(-1)?.type).to.equal('donation.received');
    await expectBalancedBooks(house.db);
  });
});

/** So many events that change no state, in steps of one transaction each. */
async function say(
  { db, bus }: TestHouse,
  count: number,
  event: () => { feed: string; type: string; data: unknown },
): Promise<void> {
  for (let done = 0; done < count; done += CATCH_UP_MAX) {
    const events = Array.from({ length: CATCH_UP_MAX }, event);
    bus.publish(await acting(db, 'system', 'test.say', (tx) => tx.feeds.append(events)));
  }
}
