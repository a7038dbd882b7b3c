import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import WebSocket from 'ws';
import { addressOf, customerOf } from '../../realtime/addresses.ts';
import { OUTPUT_BYTES_MAX, PACKETS_BURST } from '../../realtime/limits.ts';
import type { FeedEvent } from '../../server/protocol/feeds.ts';
import { FEEDS_MAX, type Refused } from '../../server/protocol/sockets.ts';
import { until } from '../support/until.ts';
import {
  CAMPAIGN,
  CLAIM,
  DONATION,
  gift,
  type House,
  openHouse,
  range,
  TOKEN_LIFE_MS,
  watcher,
  wire,
} from './house.ts';

type Answer = { ok: boolean; code?: string; retryAfterMs?: number; state?: unknown; events?: FeedEvent[] };

describe('The live door', () => {
  let house: House;
  let strangers: Socket[];
  let undo: (() => Promise<void> | void)[];

  beforeEach(async () => {
    strangers = [];
    undo = [];
    house = await openHouse();
  });
  afterEach(async () => {
    for (const stranger of strangers) stranger.disconnect();
    await house.close();
    for (const step of undo) await step();
  });

  /** A client that keeps none of our client's rules. */
  function stranger(
    options: { origin?: string; auth?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    const socket = io(house.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: options.auth ?? {},
      extraHeaders: { ...options.headers, ...(options.origin ? { origin: options.origin } : {}) },
    });
    strangers.push(socket);
    return socket;
  }
  const ask = (socket: Socket, event: string, ...args: unknown[]): Promise<Answer> =>
    socket.timeout(5_000).emitWithAck(event, ...args);
  /** How a handshake ended: 'in', or what the client was told. */
  const outcome = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      socket.once('connect', () => resolve('in'));
      socket.once('connect_error', (error) =>
        resolve((error as Error & { data?: Refused }).data?.code ?? error.message),
      );
    });

  describe('lets in', () => {
    it('pages of its own host and of named origins, and apps, which send no Origin; no other page', async () => {
      expect(await outcome(stranger())).to.equal('in');
      expect(await outcome(stranger({ origin: house.url }))).to.equal('in');
      for (const origin of [
        'https://evil.example',
        'http://127.0.0.1:1',
        'null',
        `${house.url}.evil.example`,
      ])
        expect(await outcome(stranger({ origin })), origin).not.to.equal('in');
      expect(await house.metric('realtime_refusals_total', 'origin')).to.equal(4);
      expect(house.live.stats().connections).to.equal(2);

      const other = await openHouse({ origins: ['https://sangkuriang.example'] });
      undo.push(() => other.close());
      const friend = io(other.url, {
        transports: ['websocket'],
        extraHeaders: { origin: 'https://sangkuriang.example' },
      });
      strangers.push(friend);
      expect(await outcome(friend)).to.equal('in');
    });

    it('no token that is not good, and whoever has none as a guest', async () => {
      expect(await outcome(stranger({ auth: { token: 'forged' } }))).to.equal('unauthenticated');
      expect(await outcome(stranger({ auth: { token: { $gt: '' } } }))).to.equal('bad-request');
      expect(await outcome(stranger({ auth: { token: null } }))).to.equal('in');
    });

    it('only so many from one address, and says when to come back', async () => {
      const small = await openHouse({ connectionsPerAddressMax: 10, trustedHops: 1 });
      undo.push(() => small.close());
      const outcomes: string[] = [];
      const from = async (address: string) => {
        const headers = { 'x-forwarded-for': `10.0.0.1, ${address}` };
        const socket = io(small.url, {
          transports: ['websocket'],
          forceNew: true,
          reconnection: false,
          extraHeaders: headers,
        });
        strangers.push(socket);
        outcomes.push(await outcome(socket));
      };
      for (let i = 0; i < 11; i++) await from(`2001:db8:1:2::${i}`);
      expect(outcomes).to.deep.equal([...range(1, 10).map(() => 'in'), 'too-many-requests']);
      await from('2001:db8:1:3::1');
      await from('203.0.113.9');
      expect(outcomes.slice(11)).to.deep.equal(['in', 'in']);
    });

    it('only so many at all', async () => {
      const small = await openHouse({ connectionsMax: 10 });
      undo.push(() => small.close());
      const outcomes: string[] = [];
      for (let i = 0; i < 11; i++) {
        const socket = io(small.url, { transports: ['websocket'], forceNew: true, reconnection: false });
        strangers.push(socket);
        outcomes.push(await outcome(socket));
      }
      expect(outcomes).to.deep.equal([...range(1, 10).map(() => 'in'), 'unavailable']);
      // Those who say nothing are refused nothing either, until there is no more room to say it in.
      for (let i = 0; i < 8; i++) {
        const raw = new WebSocket(`ws://127.0.0.1:${small.port}/socket.io/?EIO=4&transport=websocket`);
        undo.push(() => raw.terminate());
        await new Promise((resolve) => raw.once('open', resolve).once('error', resolve));
      }
      expect(small.live.stats().connections).to.equal(12);
      expect(await small.metric('realtime_refusals_total', 'full')).to.be.greaterThan(0);
    });
  });

  describe('survives', () => {
    it('requests without an ack, with two, and with anything else in place of a request', async () => {
      const socket = stranger();
      await outcome(socket);
      for (const name of ['watch', 'unwatch', 'authenticate', 'constructor', '__proto__', 'toString']) {
        socket.emit(name);
        socket.emit(name, null);
        socket.emit(name, 'x', 5, []);
      }
      expect(await ask(socket, 'watch', { feed: CAMPAIGN })).to.include({ ok: true, head: 0 });
      expect(house.faults).to.deep.equal([]);
    });

    it('a house that throws, rejects or is down, and answers with a code', async () => {
      const broken = await openHouse({
        mayWatch: (_, feed) => {
          if (feed === CAMPAIGN) throw new Error('thrown at once');
          return Promise.reject(new Error('rejected'));
        },
        identify: (token) =>
          token === null ? Promise.resolve({ kind: 'guest' }) : Promise.reject(new Error('no keys')),
      });
      undo.push(() => broken.close());
      const socket = io(broken.url, { transports: ['websocket'] });
      strangers.push(socket);
      await outcome(socket);
      socket.emit('watch', { feed: CAMPAIGN });
      expect(await ask(socket, 'watch', { feed: CAMPAIGN })).to.deep.equal({
        ok: false,
        code: 'unavailable',
        retryAfterMs: 1_000,
      });
      expect(await ask(socket, 'watch', { feed: DONATION })).to.include({ code: 'unavailable' });
      expect(await ask(socket, 'authenticate', { token: 'x' })).to.include({ code: 'unavailable' });
      expect(broken.faults.length).to.equal(4);
      expect(await broken.metric('realtime_faults_total')).to.equal(4);
    });

    it('a database that is away: the watch is refused, and a watcher who keeps asking gets in when it is back', async () => {
      house.log.isDown = true;
      const ayu = watcher(house.connect());
      await until(async () => (await house.metric('realtime_refusals_total', 'unavailable')) > 0);
      house.log.isDown = false;
      await until(() => ayu.states.length > 0);
      expect(ayu.refusals).to.deep.equal([]);
    });
  });

  describe('refuses', () => {
    const wrong: [string, unknown][] = [
      ['watch', { feed: CAMPAIGN, colour: 'red' }],
      ['watch', { feed: CAMPAIGN, since: -1 }],
      ['watch', { feed: CAMPAIGN, since: '1' }],
      ['watch', { feed: CAMPAIGN, since: 1.5 }],
      ['watch', { feed: CAMPAIGN, epoch: 'a b' }],
      ['watch', { feed: [CAMPAIGN] }],
      ['watch', { feed: 'revocations' }],
      ['watch', { feed: 'campaign:*' }],
      ['watch', { feed: DONATION, claimToken: 'x'.repeat(101) }],
      ['watch', undefined],
      ['unwatch', {}],
      ['authenticate', {}],
      ['authenticate', { token: 5 }],
      ['shout', { feed: CAMPAIGN }],
    ];

    it('what does not hold to its schema, with a code and without effect', async () => {
      const socket = stranger();
      await outcome(socket);
      for (const [name, request] of wrong)
        expect(await ask(socket, name, request), JSON.stringify(request)).to.deep.equal({
          ok: false,
          code: 'bad-request',
        });
      expect(house.live.stats().watchers).to.equal(0);
      expect(house.faults).to.deep.equal([]);
    });

    it('feeds that do not exist, and those that are not for the one who asks', async () => {
      house.signIn('ada', { userId: 'ada' });
      const guest = stranger();
      const ada = stranger({ auth: { token: 'ada' } });
      await Promise.all([outcome(guest), outcome(ada)]);
      const nowhere = 'campaign:0198b2c4-0000-7000-8000-00000000ffff';
      expect(await ask(guest, 'watch', { feed: nowhere })).to.deep.equal({ ok: false, code: 'not-found' });
      expect(await ask(guest, 'watch', { feed: 'moderation' })).to.deep.equal({
        ok: false,
        code: 'unauthenticated',
      });
      expect(await ask(ada, 'watch', { feed: 'moderation' })).to.deep.equal({ ok: false, code: 'forbidden' });
      expect(await ask(guest, 'watch', { feed: DONATION, claimToken: 'bm8' })).to.include({ ok: false });
      expect(await ask(guest, 'watch', { feed: DONATION, claimToken: CLAIM })).to.include({ ok: true });
    });

    it('a part of a list: it answers with every event after the number, or with the state', async () => {
      house.say(CAMPAIGN, ...range(1, 900).map(() => gift()));
      const socket = stranger();
      await outcome(socket);
      const all = await ask(socket, 'watch', { feed: CAMPAIGN, epoch: 'e1', since: 700 });
      expect(all.events?.map(({ seq }) => seq)).to.deep.equal(range(701, 900));
      expect(all).not.to.have.property('state');
      expect((await ask(socket, 'watch', { feed: CAMPAIGN, epoch: 'e1', since: 900 })).events).to.deep.equal(
        [],
      );
      const others = [
        { epoch: 'e1', since: 10 },
        { epoch: 'e1', since: 901 },
        { epoch: 'e0', since: 890 },
        { since: 890 },
        { epoch: 'e1' },
      ];
      for (const other of others) {
        const answer = await ask(socket, 'watch', { feed: CAMPAIGN, ...other });
        expect(answer.state, JSON.stringify(other)).to.deep.equal(house.log.state(CAMPAIGN));
        expect(answer).not.to.have.property('events');
      }
    });

    it(`more than ${FEEDS_MAX} feeds on one socket, until one is given back`, async () => {
      const socket = stranger();
      await outcome(socket);
      const names = range(0, FEEDS_MAX).map((i) => `campaign:0198b2c4-0000-7000-8000-0000000001${i + 10}`);
      for (const name of names) house.log.open(name);
      const answers = await Promise.all(names.map((feed) => ask(socket, 'watch', { feed })));
      expect(answers.filter(({ ok }) => ok)).to.have.length(FEEDS_MAX);
      expect(answers.at(-1)).to.deep.equal({ ok: false, code: 'too-many-feeds' });
      await ask(socket, 'unwatch', { feed: names[0] });
      expect(await ask(socket, 'watch', { feed: names.at(-1) })).to.include({ ok: true });
    });

    it('more requests than it can bear, with the time after which to ask again', async () => {
      const socket = stranger();
      await outcome(socket);
      const answers = await Promise.all(range(1, 100).map(() => ask(socket, 'unwatch', { feed: CAMPAIGN })));
      const refused = answers.filter(({ ok }) => !ok);
      expect(refused.length).to.be.within(20, 45);
      for (const { code, retryAfterMs } of refused) {
        expect(code).to.equal('too-many-requests');
        expect(retryAfterMs).to.be.within(1, 100);
      }
      await until(async () => (await ask(socket, 'watch', { feed: CAMPAIGN })).ok);
    });

    it('to go on listening to a flood', async () => {
      const socket = stranger();
      await outcome(socket);
      let isOver = false;
      socket.once('disconnect', () => {
        isOver = true;
      });
      for (let i = 0; i < 2 * PACKETS_BURST; i++) socket.emit('noise', i);
      await until(() => isOver);
      expect(await house.metric('realtime_floods_total')).to.equal(1);
      await until(() => house.live.stats().connections === 0);
    });

    it('messages beyond their size', async () => {
      const socket = stranger();
      await outcome(socket);
      socket.emit('authenticate', { token: 'x'.repeat(20_000) });
      await until(() => socket.disconnected);
    });

    it('a second greeting on one connection, which would ask the house again and again', async () => {
      let asked = 0;
      const slow = await openHouse({
        identify: () => {
          asked++;
          return new Promise(() => {});
        },
      });
      undo.push(() => slow.close());
      const raw = new WebSocket(`ws://127.0.0.1:${slow.port}/socket.io/?EIO=4&transport=websocket`);
      undo.push(() => raw.terminate());
      await new Promise((resolve) => raw.once('message', resolve));
      for (let i = 0; i < 50; i++) raw.send('40');
      await until(async () => (await slow.metric('realtime_refusals_total', 'bad-request')) >= 49);
      expect(asked).to.equal(1);
    });

    it('polling, which would need every request to find the same process', async () => {
      const answer = await fetch(`${house.url}/socket.io/?EIO=4&transport=polling`);
      expect(answer.status).to.equal(400);
      expect(await (await fetch(`${house.url}/elsewhere`)).text()).to.equal('the house itself');
    });
  });

  it('closes on a reader who is too slow, who then catches up and misses nothing', async () => {
    const cable = await wire(house.port);
    undo.push(() => cable.close());
    house.signIn('citra', { userId: 'citra', roles: ['moderator'] });
    const token = () => 'citra';
    const slow = watcher(house.connect({ url: cable.url, token }), 'moderation');
    const quick = watcher(house.connect({ token }), 'moderation');
    await until(() => slow.states.length > 0 && quick.states.length > 0);

    cable.hold();
    let said = 0;
    const held = (i: number) => ({
      type: 'message.held',
      data: { donationId: `d${said + i}`, message: 'x'.repeat(OUTPUT_BYTES_MAX / 25) },
    });
    // The kernels on the way take some megabytes before anything waits here.
    await until(async () => {
      house.say('moderation', ...range(1, 10).map(held));
      said += 10;
      await until(() => quick.last === said);
      return (await house.metric('realtime_slow_closes_total')) > 0;
    });
    await until(() => house.live.stats().watchers === 1);
    cable.letGo();
    await until(() => slow.last === said && quick.last === said, { timeoutMs: 30_000 });
    expect(await house.metric('realtime_slow_closes_total')).to.equal(1);
    expect(quick.seqs).to.deep.equal(range(1, said));
    expect(slow.seqs).to.deep.equal(range(1, said));
  });

  describe('while a request waits', () => {
    it('lets nobody in who has gone meanwhile', async () => {
      let allow = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        allow = resolve;
      });
      house.log.gate = gate;
      const socket = stranger();
      await outcome(socket);
      socket.emit('watch', { feed: CAMPAIGN });
      await until(() => house.log.askedFor.has(CAMPAIGN));
      socket.disconnect();
      await until(() => house.live.stats().connections === 0);
      allow();
      const next = stranger();
      await outcome(next);
      await ask(next, 'watch', { feed: CAMPAIGN });
      expect(house.live.stats().watchers).to.equal(1);
    });

    it('lets nobody in who has changed their mind', async () => {
      const { allow } = shut();
      const socket = stranger();
      await outcome(socket);
      const watched = ask(socket, 'watch', { feed: CAMPAIGN });
      await until(() => house.log.askedFor.has(CAMPAIGN));
      await ask(socket, 'unwatch', { feed: CAMPAIGN });
      allow();
      expect(await watched).to.include({ ok: false, code: 'unavailable' });
      expect(house.live.stats().watchers).to.equal(0);
    });

    it('lets nobody in who has become another person', async () => {
      house.signIn('citra', { userId: 'citra', roles: ['moderator'] });
      const socket = stranger({ auth: { token: 'citra' } });
      await outcome(socket);
      const { allow } = shut();
      const watched = ask(socket, 'watch', { feed: 'moderation' });
      await until(() => house.log.askedFor.has('moderation'));
      await ask(socket, 'authenticate', { token: null });
      allow();
      expect(await watched).to.deep.equal({ ok: false, code: 'unauthenticated' });
      expect(house.live.stats().watchers).to.equal(0);
    });

    function shut() {
      let allow = (): void => undefined;
      house.log.gate = new Promise<void>((resolve) => {
        allow = resolve;
      });
      return { allow };
    }
  });

  describe('when a session ends', () => {
    const revoke = (userId: string, sessionFamily: string | null) =>
      house.say('revocations', {
        type: 'session.revoked',
        data: { userId, sessionFamily, reason: 'sign_out' },
      });
    const moderator = async (token: string) => {
      const connection = house.connect({ token: () => token });
      const heard = watcher(connection, 'moderation');
      await until(() => heard.states.length > 0);
      return heard;
    };

    it('closes its connection at once, and those of nobody else', async () => {
      house.signIn('laptop', { userId: 'citra', roles: ['moderator'], family: 'f1' });
      house.signIn('phone', { userId: 'citra', roles: ['moderator'], family: 'f2' });
      house.signIn('other', { userId: 'dewi', roles: ['moderator'], family: 'f3' });
      const all = [await moderator('laptop'), await moderator('phone'), await moderator('other')];
      revoke('citra', 'f1');
      expect(house.live.stats().watchers).to.equal(2);
      house.say('moderation', { type: 'message.held', data: { donationId: 'd1' } });
      await until(() => all[1]?.last === 1 && all[2]?.last === 1);
      // The page comes back as a guest, to whom this feed is not open.
      await until(() => all[0]?.refusals.includes('unauthenticated'));
      expect(all[0]?.seqs).to.deep.equal([]);
    });

    it('closes all connections of a person who was barred', async () => {
      house.signIn('laptop', { userId: 'citra', roles: ['moderator'], family: 'f1' });
      house.signIn('phone', { userId: 'citra', roles: ['moderator'], family: 'f2' });
      await moderator('laptop');
      await moderator('phone');
      revoke('citra', null);
      expect(house.live.stats().watchers).to.equal(0);
      expect(await house.metric('realtime_revoked_total')).to.equal(2);
    });

    for (const family of ['f1', null]) {
      it(`also finds who was just being greeted (${family ? 'one session' : 'all sessions'} of a person)`, async () => {
        let answer = (): void => undefined;
        const gate = new Promise<void>((resolve) => {
          answer = resolve;
        });
        let isAsked = false;
        const slow = await openHouse({
          identify: async () => {
            isAsked = true;
            await gate;
            return {
              kind: 'user',
              userId: 'citra',
              roles: [],
              family: 'f1',
              expiresAt: Date.now() + TOKEN_LIFE_MS,
            };
          },
        });
        undo.push(() => slow.close());
        const socket = io(slow.url, {
          transports: ['websocket'],
          reconnection: false,
          auth: { token: 'laptop' },
        });
        strangers.push(socket);
        const greeted = outcome(socket);
        await until(() => isAsked);
        slow.say('revocations', {
          type: 'session.revoked',
          data: { userId: 'citra', sessionFamily: family, reason: 'ban' },
        });
        answer();
        expect(await greeted).to.equal('unauthenticated');
      });
    }

    it('does not believe a token of before any more, and does one of after', async () => {
      house.signIn('old', { userId: 'citra', family: 'f1', expiresAt: Date.now() + 300_000 });
      house.signIn('of another sign-in', { userId: 'citra', family: 'f2' });
      expect(await outcome(stranger({ auth: { token: 'old' } }))).to.equal('in');
      revoke('citra', null);
      expect(await outcome(stranger({ auth: { token: 'old' } }))).to.equal('unauthenticated');
      house.signIn('new', { userId: 'citra', family: 'f4' });
      expect(await outcome(stranger({ auth: { token: 'new' } }))).to.equal('in');
      revoke('citra', 'f4');
      expect(await outcome(stranger({ auth: { token: 'new' } }))).to.equal('unauthenticated');
    });

    it('hears of it although the bus lost the message', async () => {
      house.signIn('laptop', { userId: 'citra', roles: ['moderator'], family: 'f1' });
      await moderator('laptop');
      house.log.append('revocations', {
        type: 'session.revoked',
        data: { userId: 'citra', sessionFamily: 'f1', reason: 'sign_out' },
      });
      await until(() => house.live.stats().watchers === 0);
    });

    it('has everyone show their tokens again when it cannot say who was revoked', async () => {
      house.signIn('laptop', { userId: 'citra', roles: ['moderator'], family: 'f1' });
      const citra = await moderator('laptop');
      const guest = watcher(house.connect());
      await until(() => guest.states.length > 0);
      house.log.restore('revocations', { epoch: 'e2', keep: 0 });
      await until(async () => (await house.metric('realtime_revoked_total')) === 1);
      house.say('moderation', { type: 'message.held', data: { donationId: 'd1' } });
      await until(() => citra.last === 1);
      expect(citra.seqs).to.deep.equal([1]);
      expect(guest.states).to.have.length(1);
    });

    it('lets nobody sign in while it cannot hear of sign-outs; guests may', async () => {
      const deaf = await openHouse();
      undo.push(() => deaf.close());
      deaf.log.feeds.delete('revocations');
      deaf.signIn('laptop', { userId: 'citra' });
      const to = (auth: Record<string, unknown>) => {
        const socket = io(deaf.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth });
        strangers.push(socket);
        return outcome(socket);
      };
      expect(await to({})).to.equal('in');
      expect(await to({ token: 'laptop' })).to.equal('unavailable');
      deaf.log.open('revocations', null);
      await until(async () => (await to({ token: 'laptop' })) === 'in');
    });
  });

  describe('when a token runs out', () => {
    it('closes the connection, and the client comes back with a fresh one and misses nothing', async () => {
      house.signIn('first', { userId: 'citra', roles: ['moderator'], expiresAt: Date.now() + 700 });
      house.signIn('second', { userId: 'citra', roles: ['moderator'] });
      const given: string[] = [];
      const connection = house.connect({
        token: () => {
          given.push(given.length === 0 ? 'first' : 'second');
          return given.at(-1) ?? null;
        },
      });
      const citra = watcher(connection, 'moderation');
      await until(() => citra.states.length > 0);
      await until(() => house.live.stats().watchers === 0);
      house.say('moderation', { type: 'message.held', data: { donationId: 'd1' } });
      await until(() => citra.last === 1);
      expect(given).to.deep.equal(['first', 'second']);
      expect(citra.seqs).to.deep.equal([1]);
      expect(citra.states).to.have.length(1);
    });

    it('goes on without a break if it was renewed in time', async () => {
      house.signIn('first', { userId: 'citra', roles: ['moderator'], expiresAt: Date.now() + 1_000 });
      house.signIn('second', { userId: 'citra', roles: ['moderator'] });
      const connection = house.connect({ token: () => 'first' });
      const statuses: string[] = [];
      connection.onStatus((status) => statuses.push(status));
      const citra = watcher(connection, 'moderation');
      await until(() => citra.states.length > 0);
      connection.authenticate('second');
      const runsOut = Date.now() + 1_500;
      await until(() => Date.now() > runsOut);
      expect(statuses).to.deep.equal(['connecting', 'live']);
      expect(house.live.stats().watchers).to.equal(1);
    });

    it('takes private feeds away from a socket that signs out, and gives them to one that signs in', async () => {
      house.signIn('citra', { userId: 'citra', roles: ['moderator'] });
      const connection = house.connect();
      const citra = watcher(connection, 'moderation');
      const open = watcher(connection);
      await until(() => citra.refusals.length === 1 && open.states.length > 0);
      connection.authenticate('citra');
      await until(() => citra.states.length > 0);
      connection.authenticate(null);
      await until(() => citra.refusals.length === 2);
      house.say('moderation', { type: 'message.held', data: { donationId: 'd1' } });
      house.say(CAMPAIGN, gift());
      await until(() => open.last === 1);
      expect(citra.seqs).to.deep.equal([]);
      expect(house.live.stats().watchers).to.equal(1);
    });

    it('takes them away at once, also from a client that does not ask anew', async () => {
      house.signIn('citra', { userId: 'citra', roles: ['moderator'] });
      const socket = stranger({ auth: { token: 'citra' } });
      await outcome(socket);
      await ask(socket, 'watch', { feed: 'moderation' });
      await ask(socket, 'watch', { feed: CAMPAIGN });
      expect(await ask(socket, 'authenticate', { token: null })).to.deep.equal({ ok: true });
      const heard: string[] = [];
      socket.on('news', ({ feed }: { feed: string }) => heard.push(feed));
      house.say('moderation', { type: 'message.held', data: { donationId: 'd1' } });
      house.say(CAMPAIGN, gift());
      await until(() => heard.includes(CAMPAIGN));
      expect(heard).to.deep.equal([CAMPAIGN]);
    });

    it('closes on who has left a team, who is refused its feed from then on; the others stay', async () => {
      const live = await openHouse({ recheckMs: 100 });
      undo.push(() => live.close());
      const feed = CAMPAIGN.replace('campaign:', 'owner:');
      live.log.open(feed, { totals: {}, status: 'live', recent: [] });
      for (const who of ['citra', 'dewi']) {
        live.signIn(who, { userId: who });
        live.team.add(who);
      }
      const [citra, dewi] = ['citra', 'dewi'].map((who) => watcher(live.connect({ token: () => who }), feed));
      await until(() => citra?.states.length === 1 && dewi?.states.length === 1);
      live.team.delete('citra');
      await until(() => citra?.refusals.length === 1);
      expect(citra?.refusals).to.deep.equal(['forbidden']);
      live.say(feed, gift());
      await until(() => dewi?.last === 1);
      expect(citra?.seqs).to.deep.equal([]);
      expect(dewi?.states).to.have.length(1);
      expect(await live.metric('realtime_revoked_total')).to.equal(1);
    });

    it('serves as a guest whoever keeps coming with a token that is refused', async () => {
      const connection = house.connect({ token: () => 'worn out' });
      const open = watcher(connection);
      const closed = watcher(connection, 'moderation');
      await until(() => open.states.length > 0 && closed.refusals.length > 0);
      expect(closed.refusals).to.deep.equal(['unauthenticated']);
      expect(await house.metric('realtime_refusals_total', 'unauthenticated')).to.equal(3);
    });
  });

  describe('when it shuts', () => {
    it('does not wait for a peer that has died without a word', async function () {
      // By themselves such connections would hold the HTTP server open for 30 s.
      this.timeout(15_000);
      const other = await openHouse();
      const cable = await wire(other.port);
      undo.push(() => cable.close());
      const ayu = watcher(other.connect({ url: cable.url }));
      await until(() => ayu.states.length > 0);
      cable.freeze();
      await other.close();
      expect(other.live.stats().connections).to.equal(0);
    });

    it('lets everyone go so that they come back elsewhere and miss nothing', async () => {
      const next = await openHouse();
      undo.push(() => next.close());
      // As behind a load balancer: the same address leads to the next process from now on.
      let port = house.port;
      const { createServer, connect } = await import('node:net');
      const balancer = createServer((near) => {
        const far = connect(port, '127.0.0.1');
        near.pipe(far).pipe(near);
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const)
          one.on('error', () => other.destroy()).on('close', () => other.destroy());
      });
      await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
      undo.push(() => void balancer.close());
      const address = balancer.address();
      if (!address || typeof address === 'string') throw new Error('no port');
      const url = `http://127.0.0.1:${address.port}`;

      const watchers = range(1, 30).map(() => watcher(house.connect({ url })));
      await until(() => watchers.every(({ states }) => states.length > 0));
      port = next.port;
      const gone = house.live.drain();
      expect(house.live.drain()).to.equal(gone);
      expect(await outcome(stranger())).not.to.equal('in');
      next.say(CAMPAIGN, gift());
      await gone;
      expect(house.live.stats()).to.deep.equal({ connections: 0, feeds: 0, watchers: 0 });
      next.say(CAMPAIGN, gift());
      await until(() => watchers.every(({ last }) => last === 2));
      for (const { seqs } of watchers) expect(seqs).to.deep.equal([1, 2]);
    });
  });
});

describe('An address', () => {
  it('of IPv6 counts by its /64, and an IPv4 address in IPv6 clothes as what it is', () => {
    expect(customerOf('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2::/64');
    expect(customerOf('2001:db8:1:2::9')).to.equal('2001:db8:1:2::/64');
    expect(customerOf('::ffff:203.0.113.9')).to.equal('203.0.113.9');
    expect(customerOf('203.0.113.9')).to.equal('203.0.113.9');
    expect(customerOf('not an address')).to.equal('unknown');
  });

  it('is believed only as far as our own proxies wrote it', () => {
    const request = {
      headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.2' },
      socket: { remoteAddress: '10.0.0.3' },
    };
    const seen = (hops: number) => addressOf(request as never, hops);
    expect([0, 1, 2].map(seen)).to.deep.equal(['10.0.0.3', '10.0.0.2', '203.0.113.9']);
  });
});
