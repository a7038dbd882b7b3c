import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Bus } from '../server/bus.ts';
import { inRedis } from '../server/http/guards/limit.ts';
import type { News } from '../server/protocol/feeds.ts';
import { openRedis } from '../server/redis.ts';
import { startRedis } from './support/services.ts';
import { tcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

const news = (feed: string, seq: number): News => ({
  feed,
  epoch: 'e',
  from: seq,
  to: seq,
  events: [{ seq, type: 'test', at: new Date(0).toISOString(), data: {} }],
});

describe('news over Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  const open: { close(): void }[] = [];

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    await redis.resume();
  });

  /** One process's links. What is lost and what goes wrong is counted. */
  function node(url = redis.url) {
    const faults: unknown[] = [];
    const lost = { count: 0 };
    const links = openRedis({
      url,
      onFault: (fault) => faults.push(fault),
      onLost: (count) => {
        lost.count += count;
      },
    });
    open.push(links);
    const bus = links.bus();
    const heard: News[] = [];
    bus.subscribe((one) => heard.push(one));
    return { links, bus, heard, faults, lost };
  }

  /** Says it again until it is heard: Redis may lose what is said while somebody is still connecting. */
  const heardFrom = (from: Bus, by: News[], feed: string): Promise<unknown> => {
    let seq = 0;
    return until(() => {
      from.publish([news(feed, ++seq)]);
      return by.some((one) => one.feed === feed);
    });
  };

  it('reaches every process that follows its feed, and no other', async () => {
    const [a, b, c] = [node(), node(), node()];
    a.bus.follow('campaign:x');
    b.bus.follow('campaign:x');
    c.bus.follow('campaign:y');
    await heardFrom(a.bus, a.heard, 'campaign:x');
    await heardFrom(a.bus, b.heard, 'campaign:x');
    await heardFrom(a.bus, c.heard, 'campaign:y');
    expect(c.heard.every(({ feed }) => feed === 'campaign:y')).to.equal(true);
    expect(b.heard[0]?.events).to.deep.equal(news('campaign:x', b.heard[0]?.from ?? 0).events);
  });

  it('stops when the last of those that asked for a feed leaves it', async () => {
    const [a, b] = [node(), node()];
    const leave = [b.bus.follow('campaign:x'), b.bus.follow('campaign:x')];
    await heardFrom(a.bus, b.heard, 'campaign:x');
    leave[0]?.();
    b.heard.length = 0;
    await heardFrom(a.bus, b.heard, 'campaign:x');
    leave[1]?.();
    b.bus.follow('campaign:z');
    await heardFrom(a.bus, b.heard, 'campaign:z');
    b.heard.length = 0;
    a.bus.publish([news('campaign:x', 99), news('campaign:z', 99)]);
    await until(() => b.heard.some(({ from }) => from === 99));
    expect(b.heard.some(({ feed }) => feed === 'campaign:x')).to.equal(false);
  });

  it('is counted as lost while Redis is dead, harms nobody, and flows again by itself afterwards', async () => {
    const [a, b] = [node(), node()];
    b.bus.follow('campaign:x');
    await heardFrom(a.bus, b.heard, 'campaign:x');
    a.lost.count = 0;
    await redis.kill();
    await until(() => {
      a.bus.publish([news('campaign:x', 1_000)]);
      return a.lost.count > 0;
    });
    await until(() => !b.bus.isSound(), { what: 'the listener to know that it hears nothing' });
    await redis.start();
    b.heard.length = 0;
    await heardFrom(a.bus, b.heard, 'campaign:x');
    expect(b.bus.isSound()).to.equal(true);
    // An outage is one sentence in the log for each link, not one for each try.
    expect(a.faults.length).to.be.at.most(4);
  });

  it('does not pile up before a Redis that hangs, and finds it again', async () => {
    const [a, b] = [node(), node()];
    b.bus.follow('campaign:x');
    await heardFrom(a.bus, b.heard, 'campaign:x');
    a.lost.count = 0;
    await redis.pause();
    a.bus.publish([news('campaign:x', 2_000)]);
    await until(() => !b.bus.isSound(), { what: 'the listener to find it dead' });
    await until(() => a.lost.count > 0);
    await redis.resume();
    b.heard.length = 0;
    await heardFrom(a.bus, b.heard, 'campaign:x');
  });

  it('comes through again when the link of one who listens is dead and nobody has said so', async () => {
    const proxy = await tcpProxy({ host: '127.0.0.1', port: Number(new URL(redis.url).port) });
    const [a, b] = [node(), node(`redis://127.0.0.1:${proxy.port}`)];
    b.bus.follow('campaign:x');
    await heardFrom(a.bus, b.heard, 'campaign:x');
    proxy.stall();
    b.heard.length = 0;
    await heardFrom(a.bus, b.heard, 'campaign:x');
    b.links.close();
    await proxy.close();
  });

  it('comes later and comes all the same over a slow line, in its order and once', async () => {
    const proxy = await tcpProxy({ host: '127.0.0.1', port: Number(new URL(redis.url).port) });
    const slow = `redis://127.0.0.1:${proxy.port}`;
    const [a, b] = [node(slow), node(slow)];
    b.bus.follow('campaign:x');
    await heardFrom(a.bus, b.heard, 'campaign:x');
    proxy.slow(200);
    a.lost.count = 0;
    b.heard.length = 0;
    for (let seq = 5_001; seq <= 5_100; seq += 1) a.bus.publish([news('campaign:x', seq)]);
    await until(() => b.heard.some(({ from }) => from === 5_100));
    const numbers = b.heard.map(({ from }) => from).filter((from) => from > 5_000);
    expect(numbers).to.deep.equal(Array.from({ length: 100 }, (_, i) => 5_001 + i));
    expect(a.lost.count).to.equal(0);
    for (const { links } of [a, b]) links.close();
    await proxy.close();
  });

  it('survives what others write to its channels', async () => {
    const [a, b] = [node(), node()];
    b.bus.follow('campaign:x');
    await heardFrom(a.bus, b.heard, 'campaign:x');
    const stranger = new Redis(redis.url);
    for (const rubbish of ['', '{', 'null', '7', '{"feed":"campaign:x"}', '[]'])
      await stranger.publish('sk:news:campaign:x', rubbish);
    stranger.disconnect();
    await until(() => b.faults.length === 6);
    b.heard.length = 0;
    await heardFrom(a.bus, b.heard, 'campaign:x');
  });

  it('goes on to the other listeners when one of them fails', async () => {
    const a = node();
    const later: News[] = [];
    a.bus.subscribe(() => {
      throw new Error('this listener is broken');
    });
    a.bus.subscribe((one) => later.push(one));
    a.bus.follow('campaign:x');
    await heardFrom(a.bus, later, 'campaign:x');
    expect(a.faults.map(String)).to.include('Error: this listener is broken');
  });

  describe('limits', () => {
    const budget = { name: 'test', points: 3, seconds: 60 };
    const key = () => `caller-${Math.random()}`;
    const spent = async (consume: () => Promise<unknown>): Promise<number> => {
      let passed = 0;
      for (let i = 0; i < 5; i += 1) {
        try {
          await consume();
          passed += 1;
        } catch {
          // Over budget.
        }
      }
      return passed;
    };

    it('are shared by all processes', async () => {
      const [a, b] = [node(), node()].map(({ links }) => links.counters());
      await until(() => a?.status === 'ready' && b?.status === 'ready');
      const [first, second] = [inRedis({ client: a })(budget), inRedis({ client: b })(budget)];
      const caller = key();
      await first.consume(caller);
      await first.consume(caller);
      expect(await spent(() => second.consume(caller))).to.equal(1);
    });

    it('are counted by each process for itself while Redis is dead, and shared again afterwards', async () => {
      const client = node().links.counters();
      const counter = inRedis({ client })(budget);
      await until(() => client.status === 'ready');
      await redis.kill();
      await until(() => client.status !== 'ready');
      const caller = key();
      expect(await spent(() => counter.consume(caller))).to.equal(3);
      await redis.start();
      await until(() => client.status === 'ready');
      const another = key();
      await counter.consume(another);
      const stranger = new Redis(redis.url);
      expect(await stranger.keys(`sk:limit:test:${another}`)).to.have.length(1);
      stranger.disconnect();
    });
  });
});
