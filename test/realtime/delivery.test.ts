import { expect } from 'chai';
import {
  COMPARE_EVERY_MS,
  COMPARE_UNHEARD_MS,
  FRAMES_AT_ONCE,
  PUBLIC_BYTES_BURST,
  PUBLIC_BYTES_PER_S,
} from '../../realtime/limits.ts';
import type { CampaignState } from '../../server/protocol/feeds.ts';
import { until } from '../support/until.ts';
import {
  CAMPAIGN,
  CLAIM,
  DONATION,
  gift,
  type House,
  openHouse,
  range,
  stateOf,
  watcher,
  wire,
} from './house.ts';

const OTHER = 'campaign:0198b2c4-0000-7000-8000-000000000002';

describe('A feed that is watched', () => {
  let house: House;
  let wires: Awaited<ReturnType<typeof wire>>[];

  beforeEach(async () => {
    wires = [];
    house = await openHouse();
  });
  afterEach(async () => {
    await house.close();
    for (const one of wires) await one.close();
    expect(house.faults).to.deep.equal([]);
  });

  it('gives its state first, and then each event at once', async () => {
    house.say(CAMPAIGN, gift(), gift());
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    expect(ayu.states[0]?.head).to.equal(2);
    expect(stateOf(ayu).wall).to.have.length(2);

    house.say(CAMPAIGN, gift());
    house.say(CAMPAIGN, gift(), gift());
    await until(() => ayu.last === 5);
    expect(ayu.seqs).to.deep.equal([3, 4, 5]);
    expect(ayu.states).to.have.length(1);
  });

  it('goes on from the number that a page has read already, without its state', async () => {
    house.say(CAMPAIGN, gift(), gift(), gift());
    const ayu = watcher(house.connect(), CAMPAIGN, { from: { epoch: 'e1', since: 1 } });
    await until(() => ayu.last === 3);
    house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 4);
    expect(ayu.events.map(({ seq, caughtUp }) => [seq, caughtUp])).to.deep.equal([
      [2, true],
      [3, true],
      [4, false],
    ]);
    expect(ayu.states).to.deep.equal([]);
  });

  it('reaches everyone once and in order while all their connections keep breaking', async () => {
    const cable = await wire(house.port);
    wires.push(cable);
    const watchers = Array.from({ length: 10 }, () => watcher(house.connect({ url: cable.url })));
    await until(() => watchers.every(({ states }) => states.length > 0));
    const starts = watchers.map(({ last }) => last);

    let said = 0;
    for (let cut = 0; cut < 4; cut++) {
      for (let i = 0; i < 25; i++) {
        house.say(CAMPAIGN, gift());
        said++;
        if (i === 12) cable.cut();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await until(() => cable.connections === 10, { what: 'everyone to be back' });
    }
    await until(() => watchers.every(({ last }) => last === said));
    for (const [i, { seqs, states }] of watchers.entries()) {
      expect(states).to.have.length(1);
      expect(seqs).to.deep.equal(range((starts[i] ?? 0) + 1, said));
    }
  });

  it('heals from the database when the bus loses messages, in the middle or at the end', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    house.log.append(CAMPAIGN, gift());
    house.log.append(CAMPAIGN, gift());
    house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 3);

    house.log.append(CAMPAIGN, gift());
    await until(() => ayu.last === 4, { what: 'the comparison of heads to find the last one' });
    expect(ayu.seqs).to.deep.equal([1, 2, 3, 4]);
    expect(await house.metric('realtime_gaps_healed_total', 'database')).to.equal(4);
  });

  it('sets nobody back who comes from a process that has heard more', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    house.log.append(CAMPAIGN, gift(), gift());
    const budi = watcher(house.connect(), CAMPAIGN, { from: { epoch: 'e1', since: 2 } });
    await until(() => ayu.last === 2);
    await until(() => house.live.stats().watchers === 2);
    house.say(CAMPAIGN, gift());
    await until(() => budi.last === 3);
    expect(budi.states).to.deep.equal([]);
    expect(budi.seqs).to.deep.equal([3]);
  });

  it('asks the database for heads four times as often while the bus is down, all feeds in one question', async () => {
    const connection = house.connect();
    house.log.open(OTHER);
    const watchers = [CAMPAIGN, OTHER].map((feed) => watcher(connection, feed));
    await until(() => watchers.every(({ states }) => states.length > 0));
    house.bus.isDown = true;
    const before = house.log.comparisons;
    const startedAt = Date.now();
    for (let i = 1; i <= 8; i++) {
      for (const feed of [CAMPAIGN, OTHER]) house.say(feed, gift());
      await until(() => watchers.every(({ last }) => last === i));
    }
    const elapsed = Date.now() - startedAt;
    expect(house.log.comparisons - before).to.be.greaterThan(elapsed / COMPARE_EVERY_MS + 1);
    expect(house.log.comparisons - before).to.be.at.most(elapsed / COMPARE_UNHEARD_MS + 2);
    house.bus.isDown = false;
    house.say(CAMPAIGN, gift());
    await until(() => watchers[0]?.last === 9);
    expect(watchers[0]?.seqs).to.deep.equal(range(1, 9));
  });

  it('keeps figures of what it sent, what that took, and how long it was on its way', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    for (let i = 0; i < 10; i++) house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 10);
    const figures = await house.figures();
    const lines = figures.split('\n');
    const figure = (name: string) =>
      Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1));
    expect(figure('realtime_events_total')).to.equal(10);
    expect(figure('realtime_commit_to_send_seconds_count')).to.equal(10);
    expect(figure('realtime_commit_to_send_seconds_bucket{le="10"}')).to.equal(10);
    expect(figure('realtime_frames_total')).to.be.within(1, 10);
    expect(figure('realtime_frame_bytes_total')).to.be.greaterThan(10 * 200);
    for (const name of ['thinned_events', 'slow_closes', 'drained', 'gaps_healed_total{source="database"}'])
      expect(figure(`realtime_${name}${name.includes('{') ? '' : '_total'}`), name).to.equal(0);
  });

  it('puts crossed and repeated messages in order without asking the database', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    const reads = house.log.reads;
    const [one, two, three] = [1, 2, 3].map(() => house.log.append(CAMPAIGN, gift()));
    if (!one || !two || !three) throw new Error('three were said');
    house.bus.publish([three, two, two, one, one, three]);
    await until(() => ayu.last === 3);
    expect(ayu.seqs).to.deep.equal([1, 2, 3]);
    expect(house.log.reads).to.equal(reads);
    expect(await house.metric('realtime_gaps_healed_total', 'bus')).to.equal(1);
  });

  it('starts over for everyone when its history has become another one', async () => {
    const ayu = watcher(house.connect());
    house.say(CAMPAIGN, gift(), gift(), gift());
    await until(() => ayu.last === 3);
    house.log.restore(CAMPAIGN, { epoch: 'e2', keep: 1 });
    await until(() => ayu.last === 1);
    house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 2);
    expect(stateOf(ayu).wall).to.have.length(1);
    expect(ayu.seqs.at(-1)).to.equal(2);
  });

  it('takes no event of another history for the next one of its own', async () => {
    const ayu = watcher(house.connect(), CAMPAIGN, { from: { epoch: 'e1', since: 0 } });
    house.say(CAMPAIGN, gift(), gift(), gift());
    await until(() => ayu.last === 3);
    house.log.restore(CAMPAIGN, { epoch: 'e2', keep: 3 });
    house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 4);
    expect(ayu.seqs).to.deep.equal([1, 2, 3]);
    expect(ayu.states.map(({ head }) => head)).to.deep.equal([4]);
  });

  it('starts over when its head goes backwards, although nobody renewed the epoch', async () => {
    const ayu = watcher(house.connect());
    house.say(CAMPAIGN, gift(), gift(), gift());
    await until(() => ayu.last === 3);
    house.log.restore(CAMPAIGN, { epoch: 'e1', keep: 1 });
    await until(() => ayu.last === 1);
    house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 2);
  });

  it('gives the state to whoever comes back from another epoch, from beyond its head or from too long ago', async () => {
    house.say(CAMPAIGN, ...range(1, 900).map(() => gift()));
    const froms = [
      { epoch: 'e0', since: 899 },
      { epoch: 'e1', since: 901 },
      { epoch: 'e1', since: 10 },
    ];
    for (const from of froms) {
      const ayu = watcher(house.connect(), CAMPAIGN, { from });
      await until(() => ayu.states.length > 0);
      expect(ayu.last).to.equal(900);
      expect(ayu.seqs).to.deep.equal([]);
    }
    const budi = watcher(house.connect(), CAMPAIGN, { from: { epoch: 'e1', since: 600 } });
    await until(() => budi.last === 900);
    expect(budi.seqs).to.deep.equal(range(601, 900));
  });

  it('sends its state in place of events after a gap that is too wide, and says how many it stands for', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    house.log.append(CAMPAIGN, ...range(1, 800).map(() => gift()));
    await until(() => ayu.last === 800);
    expect(ayu.states).to.have.length(2);
    expect(ayu.elided).to.equal(800);
    expect(await house.metric('realtime_gaps_healed_total', 'state')).to.equal(800);
    house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 801);
    expect(ayu.seqs).to.deep.equal([801]);
  });

  it('tells every event of a public feed, a hundred in one second, however they come', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    house.say(CAMPAIGN, ...range(1, 60).map(() => gift()));
    for (let i = 0; i < 40; i++) house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 100);
    expect(ayu.seqs).to.deep.equal(range(1, 100));
    expect(ayu.elided).to.equal(0);
    expect(ayu.states).to.have.length(1);
  });

  it('tells of more the largest, the newest and all that is no gift, the totals at once, and the state when it is over', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    const gifts = range(1, 1_000).map(() => gift('Ayu', null, 10_000));
    for (const [i, amount] of [
      [100, 900_000],
      [500, 700_000],
      [300, 800_000],
    ] as const)
      gifts[i] = gift('Budi', null, amount);
    const hidden = gifts[990];
    if (!hidden) throw new Error('there are a thousand');
    const others = [
      { type: 'donation.hidden', data: { id: hidden.data.id } },
      { type: 'campaign.milestone', data: { percent: 25 } },
    ];
    house.say(CAMPAIGN, ...gifts, ...others, gift());
    await until(() => ayu.last === 1_003);
    expect(ayu.elided).to.equal(1_003 - ayu.seqs.length);
    expect(ayu.seqs.length).to.be.within(12, 30);
    expect(ayu.seqs).to.include.members([101, 301, 501, 1_001, 1_002, 1_003]);
    const newest = ayu.events.at(-1);
    expect(newest?.totals).to.deep.equal((house.log.state(CAMPAIGN) as CampaignState).totals);
    expect(ayu.states, 'not while it lasts').to.have.length(1);

    await until(() => ayu.states.length === 2);
    expect(ayu.states[1]).to.deep.equal({ head: 1_003, state: house.log.state(CAMPAIGN) });
    expect(await house.metric('realtime_thinned_events_total')).to.equal(ayu.elided);
  });

  it('lets who comes in the middle of a thinned frame see its rest and nothing twice', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    house.say(CAMPAIGN, ...range(1, 400).map(() => gift()));
    await until(() => ayu.last === 400);
    // Waits for the next frame.
    house.say(CAMPAIGN, ...range(1, 200).map(() => gift()));
    const budi = watcher(house.connect());
    const citra = watcher(house.connect(), CAMPAIGN, { from: { epoch: 'e1', since: 590 } });
    house.say(CAMPAIGN, ...range(1, 200).map(() => gift()));
    await until(() => [ayu, budi, citra].every(({ last }) => last === 800));
    for (const one of [ayu, budi, citra]) {
      expect(new Set(one.seqs).size).to.equal(one.seqs.length);
      await until(() => one.states.at(-1)?.head === 800);
      expect(one.states.at(-1)?.state).to.deep.equal(house.log.state(CAMPAIGN));
    }
    const since = budi.states[0]?.head ?? 0;
    expect(budi.seqs.length + budi.elided).to.equal(800 - since);
    expect(citra.seqs.length + citra.elided).to.equal(800 - 590);
  });

  it('gives who was cut off after a thinned frame the state, for lists that have holes', async () => {
    const cable = await wire(house.port);
    wires.push(cable);
    const ayu = watcher(house.connect({ url: cable.url }));
    await until(() => ayu.states.length > 0);
    house.say(CAMPAIGN, ...range(1, 400).map(() => gift()));
    await until(() => ayu.last === 400);
    cable.cut();
    await until(() => ayu.states.length === 2);
    expect(ayu.states[1]).to.deep.equal({ head: 400, state: house.log.state(CAMPAIGN) });
  });

  it('sends one watcher of a public feed no more bytes than its bound, however long the messages', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    const before = await house.metric('realtime_frame_bytes_total');
    const startedAt = Date.now();
    for (let i = 0; i < 15; i++) {
      house.say(CAMPAIGN, ...range(1, 100).map(() => gift('Ayu', 'panjang '.repeat(35))));
      await until(() => ayu.last === house.log.head(CAMPAIGN));
    }
    await until(() => ayu.states.at(-1)?.head === ayu.last);
    const bytes = (await house.metric('realtime_frame_bytes_total')) - before;
    const seconds = (Date.now() - startedAt) / 1_000;
    // And what the last frame took of the second after it.
    const aState = JSON.stringify(stateOf(ayu)).length;
    expect(bytes).to.be.lessThan(PUBLIC_BYTES_BURST + PUBLIC_BYTES_PER_S * seconds + aState);
    expect(bytes).to.be.greaterThan(PUBLIC_BYTES_BURST, 'the bound was reached');
    expect(stateOf(ayu)).to.deep.equal(house.log.state(CAMPAIGN));
  });

  it('never thins what moderators see', async () => {
    house.signIn('citra', { userId: 'citra', roles: ['moderator'] });
    const citra = watcher(house.connect({ token: () => 'citra' }), 'moderation');
    await until(() => citra.states.length > 0);
    house.say(
      'moderation',
      ...range(1, 250).map((i) => ({ type: 'message.held', data: { donationId: `d${i}` } })),
    );
    await until(() => citra.last === 250);
    expect(citra.seqs).to.deep.equal(range(1, 250));
    expect(citra.elided).to.equal(0);
  });

  it('gathers what comes faster than frames leave', async () => {
    const ayu = watcher(house.connect());
    await until(() => ayu.states.length > 0);
    const frames = await house.metric('realtime_frames_total');
    for (let i = 0; i < 60; i++) house.say(CAMPAIGN, gift());
    await until(() => ayu.last === 60);
    expect(ayu.seqs).to.deep.equal(range(1, 60));
    expect((await house.metric('realtime_frames_total')) - frames).to.equal(FRAMES_AT_ONCE + 1);
  });

  it('shows nobody who comes later what was hidden, neither in the state nor in the events', async () => {
    const first = watcher(house.connect());
    await until(() => first.states.length > 0);
    const said = gift('Rahasia', 'jangan dibaca');
    house.say(CAMPAIGN, said, gift());
    house.say(CAMPAIGN, {
      type: 'donation.message_shown',
      data: { id: said.data.id, message: 'jangan dibaca' },
    });
    house.say(CAMPAIGN, { type: 'donation.hidden', data: { id: said.data.id } });
    await until(() => first.last === 4);
    const reads = house.log.reads;

    const withState = watcher(house.connect());
    const withEvents = watcher(house.connect(), CAMPAIGN, { from: { epoch: 'e1', since: 0 } });
    await until(() => withState.last === 4 && withEvents.last === 4);
    expect(house.log.reads, 'they were answered from memory').to.equal(reads);
    expect(withEvents.seqs).to.deep.equal([1, 2, 3, 4]);
    for (const heard of [withState.states, withEvents.events]) {
      const text = JSON.stringify(heard);
      expect(text).not.to.include('Rahasia');
      expect(text).not.to.include('jangan dibaca');
    }
    expect(stateOf(withState).totals).to.deep.equal((house.log.state(CAMPAIGN) as CampaignState).totals);
  });

  it('answers a storm of comers from memory, with one read of the database', async () => {
    const watchers = Array.from({ length: 100 }, () => watcher(house.connect()));
    await until(() => watchers.every(({ states }) => states.length > 0));
    // One for the campaign, one for the revocations.
    expect(house.log.reads).to.equal(2);
  });

  it('tells how many watch, at most once a second', async () => {
    const counts: number[] = [];
    const startedAt = Date.now();
    const connection = house.connect();
    connection.onViewers(CAMPAIGN, (count) => counts.push(count));
    watcher(connection);
    await until(() => counts.at(-1) === 1);
    const others = Array.from({ length: 60 }, () => house.connect());
    for (const other of others) {
      const one = watcher(other);
      await until(() => one.states.length > 0);
    }
    await until(() => counts.at(-1) === 61);
    for (const other of others) other.close();
    await until(() => counts.at(-1) === 1);
    expect(counts.length).to.be.at.most(2 + (Date.now() - startedAt) / 1_000);
  });

  it('counts the same for two ears on one connection, and stops when both are gone', async () => {
    const connection = house.connect();
    const one = watcher(connection);
    await until(() => one.states.length > 0);
    house.say(CAMPAIGN, gift());
    const two = watcher(connection, CAMPAIGN, { from: { epoch: 'e1', since: 0 } });
    house.say(CAMPAIGN, gift());
    await until(() => one.last === 2 && two.last === 2);
    expect(house.live.stats().watchers).to.equal(1);
    one.close();
    house.say(CAMPAIGN, gift());
    await until(() => two.last === 3);
    expect(one.last).to.equal(2);
    two.close();
    await until(() => house.live.stats().watchers === 0);
  });

  it('reads a state that its events do not tell in full again when somebody needs it', async () => {
    const one = watcher(house.connect(), DONATION, { claimToken: CLAIM });
    await until(() => one.states.length > 0);
    house.say(DONATION, { type: 'donation.paid', data: { paidAt: '2026-08-01T00:00:00.000Z' } });
    const of = house.log.feeds.get(DONATION);
    if (of) of.state = { donation: { status: 'paid' } };
    await until(() => one.last === 1);
    const two = watcher(house.connect(), DONATION, { claimToken: CLAIM });
    await until(() => two.states.length > 0);
    expect(two.states[0]).to.deep.equal({ head: 1, state: { donation: { status: 'paid' } } });
  });
});
