import { once } from 'node:events';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { campaignFeed } from '../../server/protocol/feeds.ts';
import { killed } from '../support/door.ts';
import { expectBalancedBooks } from '../support/house.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from './world.ts';

/**
 * Guests, owner, moderators and donors watch at both live doors while people give and something breaks. Afterwards each
 * screen has shown each event once, in order, and shows what the database says. docs/faults.md lists the remedies.
 */
describe('whoever watches sees each event once and in order', function () {
  this.timeout(240_000);
  let world: World;
  const strangers: Redis[] = [];
  const stranger = () => {
    const redis = new Redis(world.apart.redis.url);
    strangers.push(redis);
    return redis;
  };

  before(async () => {
    world = await openWorld();
  });
  after(() => world?.close());
  beforeEach(() => world.watch());
  afterEach(async () => {
    for (const one of strangers.splice(0)) one.disconnect();
    await world.tidy();
    await expectBalancedBooks(world.db);
  });

  it('when all sockets drop, again and again', async () => {
    await world.whileGiving(async () => {
      for (let cut = 0; cut < 3; cut += 1) {
        world.dropSockets();
        await world.allLive();
        await world.give();
      }
    });
    await world.expectEach();
  });

  it('when a live door is killed', async () => {
    const [door] = world.apart.realtimes;
    await world.whileGiving(async () => {
      await killed(door);
      await world.allLive();
    });
    await world.expectEach();
    world.apart.realtimes[0] = await world.apart.start('realtime', door.port);
  });

  it('when Redis is killed, and when it is started again', async () => {
    const { redis } = world.apart;
    await world.whileGiving(() => redis.kill());
    await world.expectEach();
    await world.whileGiving(() => redis.start());
    await world.expectEach();
    await world.expectNewsOverRedis();
    await world.expectEach();
  });

  it('when Redis has passed a message on and its answer is lost', async () => {
    const feed = campaignFeed(world.campaignId);
    const listener = stranger();
    const heard: number[] = [];
    listener.on('message', (_channel, message: string) => {
      const { from, to } = JSON.parse(message) as { from: number; to: number };
      for (let seq = from; seq <= to; seq += 1) heard.push(seq);
    });
    await listener.subscribe(`sk:news:${feed}`);
    const cables = [0, 1].map((nth) => world.cable('server', nth, 'redis'));
    await world.whileGiving(async () => {
      for (const cable of cables)
        cable.onAnswer((_answer, sent) => !sent.toString().toLowerCase().includes(`sk:news:${feed}`));
      await until(() => cables.some(({ isCut }) => isCut), { what: 'an answer to be lost' });
      await world.give();
      for (const cable of cables) cable.mend();
    });
    await world.expectEach();
    await world.expectNewsOverRedis();
    expect(new Set(heard).size, 'numbers that Redis was given twice').to.equal(heard.length);
  });

  it('when the links of those who subscribe are cut', async () => {
    const admin = stranger();
    await world.whileGiving(async () => {
      for (let cut = 0; cut < 5; cut += 1) {
        await admin.client('KILL', 'TYPE', 'PUBSUB');
        await world.give();
      }
    });
    await world.expectEach();
    await world.expectNewsOverRedis();
  });

  it('when one live door and one server are parted from Redis, and Redis hangs for all', async () => {
    const parted = [world.cable('realtime', 0, 'redis'), world.cable('server', 0, 'redis')];
    await world.whileGiving(async () => {
      for (const cable of parted) cable.cut();
      for (let i = 0; i < 10; i += 1) await world.give();
    });
    await world.expectEach();
    await world.whileGiving(async () => world.apart.redis.pause());
    await world.expectEach();
    world.apart.redis.resume();
    // What stood is dead and stays so; nobody says it.
    for (const cable of parted) cable.mendForNew();
    await world.expectNewsOverRedis();
    await world.expectEach();
  });

  it('when PostgreSQL is started again', async () => {
    await world.whileGiving(() => world.postgres.restart());
    await world.expectEach();
    await world.expectNewsOverRedis();
  });

  it('when PostgreSQL is set back to an older state, which all then show', async () => {
    const { screens } = world;
    await world.setBack({ lost: 6 });
    await world.expectTruth();
    // The numbers went back, so each live door sees it by itself as long as fewer come again than were lost.
    for (const { feed, states } of screens)
      if (feed.startsWith('campaign:')) expect(states.length).to.be.above(1);
    await world.whileGiving(async () => {});
    await world.expectTruth();

    // More comes again than was lost before anybody looks: only another epoch tells that it is another history.
    const renewed = await world.setBack({ lost: 3, again: 5, renew: true });
    expect(renewed).to.match(/^\d+ feeds begin anew\./m);
    await world.expectTruth();
    await world.whileGiving(async () => {});
    await world.expectTruth();
  });

  it('when a server dies between its commit and its news', async () => {
    const cable = world.cable('server', 0, 'postgres');
    await world.whileGiving(async () => {
      cable.onAnswer((answer) => !answer.includes('COMMIT'));
      await until(() => cable.isCut, { timeoutMs: 30_000, what: 'a commit of which nobody hears' });
      await killed(world.apart.servers[0]);
    });
    cable.mend();
    await world.expectEach();
    await world.restarted('server', 0);
  });

  it('when all doors are replaced, one after the other', async () => {
    const { apart } = world;
    await world.whileGiving(async () => {
      for (const name of ['realtimes', 'servers'] as const)
        for (const nth of [0, 1] as const) {
          const old = apart[name][nth];
          old.child.kill('SIGTERM');
          await once(old.child, 'exit');
          expect(old.child.exitCode, old.output()).to.equal(0);
          apart[name][nth] = await apart.start(old.name, old.port);
        }
    });
    await world.allLive();
    await world.expectEach();
  });
});
