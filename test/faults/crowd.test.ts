import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import { type Connection, connect } from '../../client/src/feed.ts';
import { COMPARE_EVERY_MS } from '../../realtime/limits.ts';
import { FORGET_MS, SAY_EVERY_MS } from '../../realtime/viewers.ts';
import { inProcessBus } from '../../server/bus.ts';
import { acting, closeDb, type Db, openDb } from '../../server/db/open.ts';
import { campaignFeed } from '../../server/protocol/feeds.ts';
import { openRedis } from '../../server/redis.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { type Door, killed, startDoor } from '../support/door.ts';
import { liveCampaign } from '../support/house.ts';
import { freePort } from '../support/ports.ts';
import { questions } from '../support/questions.ts';
import { startRedis, type TestRedis } from '../support/services.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import type { Said, Told } from './crowd.ts';

const CROWD = 5_000;
const STORM_QUERIES_MAX = 20;
/** Wide enough that clients on a slow machine keep up with it. */
const DRAIN_MS = 8_000;
const PATIENCE = { timeoutMs: 180_000, everyMs: 100 };
/** What each process asks once a second, whoever comes, and what a probe asks. */
const CLOCKS = /^(select name as feed, epoch, head from sk\.feeds where name|select 1\b)/i;

/** Many watchers in a process of their own. */
function crowd() {
  const child = fork(new URL('./crowd.ts', import.meta.url), {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  const heard: { said: Said | undefined } = { said: undefined };
  child.on('message', (said: Said) => {
    heard.said = said;
  });
  return {
    tell: (told: Told) => void child.send(told),
    get said(): Said {
      if (!heard.said) throw new Error('the crowd has said nothing yet');
      return heard.said;
    },
    kill: () => gone(child),
  };
}
async function gone(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe(`a crowd of ${CROWD.toLocaleString('en')}`, function () {
  this.timeout(400_000);
  let database: FreshDatabase;
  let db: Db;
  let redis: TestRedis;
  let links: ReturnType<typeof openRedis>;
  let proxy: Awaited<ReturnType<typeof tcpProxy>>;
  let campaignId: string;
  let doors: [Door, Door];
  let head = 0;
  const asked = questions();
  const crowds: ReturnType<typeof crowd>[] = [];
  const secret = randomBytes(32).toString('hex');

  const start = async (port?: number): Promise<Door> => {
    const url = new URL(database.appUrl);
    url.port = String(proxy.port);
    return startDoor('realtime', {
      port: port ?? (await freePort()),
      env: {
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        PUBLIC_URL: 'http://127.0.0.1:1',
        DATABASE_URL: url.href,
        REDIS_URL: redis.url,
        SECRET: secret,
        MIDTRANS_SERVER_KEY: 'SB-Mid-server-test-crowd',
        DRAIN_MS: String(DRAIN_MS),
      },
    });
  };
  const come = async (count: number, door: Door) => {
    const one = crowd();
    crowds.push(one);
    one.tell({ doors: [door.port] });
    one.tell({ come: count, feed: campaignFeed(campaignId) });
    await until(() => one.said.live === count && one.said.lowest === head, {
      ...PATIENCE,
      what: 'all to have come',
    });
    return one;
  };
  /** Something happens on the campaign, committed and published as a server does. */
  async function say(): Promise<void> {
    const event = { feed: campaignFeed(campaignId), type: 'campaign.milestone', data: { percent: 25 } };
    const news = await acting(db, 'system', 'test.say', (tx) => tx.feeds.append([event]));
    head = news[0]?.to ?? head;
    bus.publish(news);
  }
  let bus: ReturnType<typeof links.bus>;

  before(async () => {
    database = await freshDatabase();
    redis = await startRedis();
    const { hostname, port } = new URL(database.appUrl);
    proxy = await tcpProxy({ host: hostname, port: Number(port) });
    proxy.onQuestion(asked.hear);
    db = openDb({ url: database.appUrl, max: 2, name: 'test' });
    links = openRedis({ url: redis.url, onFault: () => {}, onLost: () => {} });
    bus = links.bus();
    ({ id: campaignId } = await liveCampaign({ db, bus: inProcessBus({ onFault: () => {} }) }));
    doors = [await start(), await start()];
    await say();
  });
  after(async () => {
    for (const one of crowds) await one.kill();
    for (const door of doors) await killed(door);
    links.close();
    await closeDb(db);
    await proxy.close();
    await redis.stop();
    await database.drop();
  });

  const expectFewQuestions = (what: string): void => {
    const others = asked.all().filter(([text]) => !CLOCKS.test(text.trim()));
    const count = others.reduce((sum, [, times]) => sum + times, 0);
    expect(count, `${what}: ${JSON.stringify(others)}`).to.be.below(STORM_QUERIES_MAX);
    const all = asked.all().reduce((sum, [, times]) => sum + times, 0);
    expect(all, `${what}, with what the clocks ask`).to.be.below(CROWD / 10);
  };

  let all: ReturnType<typeof crowd>;
  it('comes back after all of its sockets were cut, and asks PostgreSQL next to nothing', async () => {
    all = await come(CROWD, doors[0]);
    asked.clear();
    all.tell({ cut: true });
    await until(() => all.said.lost > 0, PATIENCE);
    await say();
    await until(() => all.said.lost >= CROWD && all.said.live === CROWD && all.said.lowest === head, {
      ...PATIENCE,
      what: 'all to be back',
    });
    expectFewQuestions('a storm on a process that stands');
    expect(all.said.wrong).to.deep.equal([]);
    expect(all.said.states).to.equal(1);

    // And onto a process that knows nothing yet.
    await killed(doors[0]);
    await until(() => all.said.live === 0, PATIENCE);
    asked.clear();
    doors[0] = await start(doors[0].port);
    await say();
    await until(() => all.said.live === CROWD && all.said.lowest === head, {
      ...PATIENCE,
      what: 'all to be back',
    });
    expectFewQuestions('a storm on a process that has just begun');
    expect(all.said.wrong).to.deep.equal([]);
    expect(all.said.states).to.equal(1);
  });

  it('is let go a few at a time by a process that ends, lands at the other, and misses nothing', async () => {
    const [old, other] = doors;
    const lost = all.said.lost;
    all.tell({ doors: [other.port] });
    all.tell({ watchGoodbye: { from: old.port, to: other.port } });
    old.child.kill('SIGTERM');
    const isOver = () => all.said.lost >= lost + CROWD && all.said.live === CROWD;
    let heard = all.said.lost;
    while (!isOver()) {
      await say();
      await until(() => isOver() || all.said.lost > heard, { ...PATIENCE, what: 'more to be let go' });
      heard = all.said.lost;
    }
    await until(() => all.said.lowest === head, { ...PATIENCE, what: 'all to have seen the last event' });
    expect(all.said.highest).to.equal(head);
    expect(all.said.wrong).to.deep.equal([]);
    expect(all.said.states, 'nobody needed to be told by a state').to.equal(1);
    expect(all.said.lost, 'everybody was let go once').to.equal(lost + CROWD);
    expect(all.said.readyAtGoodbye, 'readiness at the first goodbye').to.equal(503);
    // All at once nobody would still be there when the first ones arrive elsewhere.
    expect(all.said.still[0.1]).to.be.above(0.6 * CROWD);
    expect(all.said.still[0.25]).to.be.above(0.4 * CROWD);
    expect(all.said.still[0.5]).to.be.above(0.15 * CROWD);
    await until(() => old.child.exitCode !== null, { ...PATIENCE, what: 'the old process to end' });
    expect(old.child.exitCode, old.output()).to.equal(0);
  });

  it('is counted without those who watched at a process that died, within five seconds', async () => {
    // The longest that they may still be counted: its last word, the next look at old words, the next telling.
    expect(FORGET_MS + SAY_EVERY_MS + COMPARE_EVERY_MS).to.be.at.most(5_000);
    doors[0] = await start(doors[0].port);
    const few = await come(40, doors[0]);
    const viewers: number[] = [];
    const connection: Connection = connect({ url: doors[1].url });
    connection.onViewers(campaignFeed(campaignId), (count) => viewers.push(count));
    connection.watch(campaignFeed(campaignId), { onState() {}, onEvents() {} });
    await until(() => viewers.at(-1) === CROWD + 41, { ...PATIENCE, what: 'all to be counted' });
    await killed(doors[0]);
    await few.kill();
    crowds.splice(crowds.indexOf(few), 1);
    await until(() => viewers.at(-1) === CROWD + 1, {
      ...PATIENCE,
      what: 'the others to be counted no longer',
    });
    connection.close();
  });
});
