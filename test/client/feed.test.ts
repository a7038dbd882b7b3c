import { expect } from 'chai';
import { Server } from 'socket.io';
import { connect, type FeedStatus } from '../../client/src/feed.ts';
import { CAMPAIGN, gift, type House, openHouse, watcher, wire } from '../realtime/house.ts';
import { until } from '../support/until.ts';

describe('The client', () => {
  let house: House;
  let undo: (() => Promise<void> | void)[];

  beforeEach(async () => {
    undo = [];
    house = await openHouse();
  });
  afterEach(async () => {
    await house.close();
    for (const step of undo) await step();
  });

  it('says whether it is connecting, live or offline', async () => {
    const cable = await wire(house.port);
    const connection = house.connect({ url: cable.url });
    const statuses: FeedStatus[] = [];
    connection.onStatus((status) => statuses.push(status));
    await until(() => statuses.at(-1) === 'live');
    cable.cut();
    await until(() => statuses.length === 4);
    expect(statuses).to.deep.equal(['connecting', 'live', 'connecting', 'live']);
    await cable.close();
    await until(() => statuses.at(-1) === 'offline');
  });

  it('asks for a fresh token at each attempt, and goes on trying when there is none to be had yet', async () => {
    house.signIn('good', { userId: 'citra', roles: ['moderator'] });
    let asked = 0;
    const connection = house.connect({
      token: async () => {
        asked++;
        if (asked < 3) throw new Error('the network is away');
        return 'good';
      },
    });
    const citra = watcher(connection, 'moderation');
    await until(() => citra.states.length > 0);
    expect(asked).to.equal(3);
  });

  it('waits as long as a full house asks it to, and with a spread', async () => {
    const full = await openHouse({ connectionsMax: 1 });
    undo.push(() => full.close());
    const first = watcher(full.connect());
    await until(() => first.states.length > 0);
    const connection = full.connect();
    let status: FeedStatus = 'connecting';
    connection.onStatus((now) => {
      status = now;
    });
    await until(() => status === 'offline');
    // Its own first pause would have been over by now four times.
    const later = Date.now() + 2_500;
    await until(() => Date.now() > later);
    expect(await full.metric('realtime_refusals_total')).to.equal(1);
  });

  it('keeps the other ears hearing when one of them fails', async () => {
    const connection = house.connect();
    const faults: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (fault) => faults.push(fault));
    undo.push(() => {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    });
    connection.watch(CAMPAIGN, {
      onState: () => undefined,
      onEvents: () => {
        throw new Error('a fault of the page');
      },
    });
    const other = watcher(connection);
    await until(() => other.states.length > 0);
    house.say(CAMPAIGN, gift());
    await until(() => other.last === 1 && faults.length === 1);
    // Not by asking again later.
    expect(other.events.map(({ caughtUp }) => caughtUp)).to.deep.equal([false]);
  });

  it('notices after a sleep that its connection has died, and comes back', async () => {
    const cable = await wire(house.port);
    undo.push(() => cable.close());
    const ayu = watcher(house.connect({ url: cable.url }));
    await until(() => ayu.states.length > 0);
    cable.freeze();
    house.say(CAMPAIGN, gift());
    // The machine's clock after a night, as the page finds it.
    const now = Date.now;
    Date.now = () => now() + 8 * 3_600_000;
    undo.push(() => {
      Date.now = now;
    });
    await until(() => ayu.last === 1, { timeoutMs: 30_000 });
    expect(ayu.seqs).to.deep.equal([1]);
  });

  it('asks again when an answer does not come', async () => {
    const server = new Server();
    let asked = 0;
    server.on('connection', (socket) => {
      socket.on('watch', (_, ack) => {
        asked++;
        if (asked === 1) ack({ ok: false, code: 'too-many-requests', retryAfterMs: 50 });
        if (asked === 3) ack({ ok: true, epoch: 'e1', head: 7, state: {} });
      });
    });
    server.listen(0);
    undo.push(() => server.close());
    const address = server.httpServer.address();
    if (!address || typeof address === 'string') throw new Error('no port');
    const connection = connect({ url: `http://127.0.0.1:${address.port}` });
    undo.push(() => connection.close());
    const ayu = watcher(connection);
    await until(() => ayu.last === 7, { timeoutMs: 20_000 });
    expect(asked).to.equal(3);
  });
});
