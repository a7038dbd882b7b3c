import { randomUUID } from 'node:crypto';
import { Parser } from '@asyncapi/parser';
import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import type { LiveDescription } from '../server/http/asyncapi.ts';
import {
  campaignFeed,
  donationFeed,
  FINANCE,
  MODERATION,
  ownerFeed,
  parseFeed,
  userFeed,
} from '../server/protocol/feeds.ts';
import { FEEDS_MAX, REFUSED_CODES, type Refused, type Watched } from '../server/protocol/sockets.ts';
import { wrongs as wrongNews } from './support/answers.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { DESCRIBED, holdNews, wrongWithMessage } from './support/messages.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

/** The parser holds up this process for seconds, and so comes before the platform that runs in it. */
describe('the description of the live side, read by others,', () => {
  const faultsOf = async (document: object): Promise<string[]> => {
    const { diagnostics } = await new Parser().parse(JSON.stringify(document));
    return diagnostics
      .filter(({ severity }) => severity <= 1)
      .map(({ message, path }) => `${path.join('.')}: ${message}`);
  };

  it('is AsyncAPI 3, and leaves its own parser nothing to say', async () => {
    expect(DESCRIBED.asyncapi).to.match(/^3\./);
    expect(await faultsOf(DESCRIBED)).to.deep.equal([]);
    // A parser that reads nothing finds nothing.
    const broken = { ...DESCRIBED, channels: {}, operations: { watch: { action: 'hear' } } };
    expect(await faultsOf(broken)).not.to.deep.equal([]);
  });
});

describe('the description of the live side', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let served: LiveDescription;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    served = (await outside.get<LiveDescription>('/api/v1/asyncapi.json')).body;
  });
  after(async () => {
    outside.close();
    await platform.close();
  });

  it('says where the sockets are, and is answered 304 to whoever has it already', async () => {
    const { host } = new URL(platform.url);
    expect(served.servers.live).to.include({ host, pathname: '/socket.io', protocol: 'ws' });
    expect(DESCRIBED.servers.live).to.include({ host: 'give.example', protocol: 'wss' });
    expect({ ...served, servers: {} }).to.deep.equal({ ...DESCRIBED, servers: {} });
    const url = `${platform.url}/api/v1/asyncapi.json`;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    const headers = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
    expect((await fetch(url, { headers })).status).to.equal(304);
  });

  it('tells every code of a refusal, and what to do then', () => {
    const { refused } = served.channels.connection?.messages ?? {};
    for (const code of REFUSED_CODES) expect(refused?.summary).to.contain(`\`${code}\``);
    expect(served.components.schemas.Refused).to.have.nested.property('properties.code.enum.length', 7);
  });

  it('says of each feed who may watch it', () => {
    const securityOf = (kind: string) => {
      const said = served.operations[`watch${kind}`]?.security as { $ref: string }[] | undefined;
      return said?.map(({ $ref }) => $ref.split('/').at(-1)) ?? 'everyone';
    };
    expect(securityOf('Campaign')).to.equal('everyone');
    expect(securityOf('Donation')).to.deep.equal(['claimToken', 'token']);
    for (const kind of ['Owner', 'User', 'Moderation', 'Finance'])
      expect(securityOf(kind), kind).to.deep.equal(['token']);
  });

  describe('is true of what a real platform says:', () => {
    const sockets: Socket[] = [];
    /** What was heard that is not as described, and the types of events by kind of feed. */
    const wrongs: string[] = [];
    const heard = new Map<string, Set<string>>();

    const hold = (channel: string, name: string, value: unknown): void => {
      const wrong = wrongWithMessage(channel, name, value);
      if (wrong) wrongs.push(wrong);
    };
    const note = (kind: string, what: string): void => {
      heard.set(kind, (heard.get(kind) ?? new Set()).add(what));
    };

    /** A socket without our library: everything that it hears is held to the description. */
    async function open(token: string | null = null): Promise<Socket> {
      const socket = io(platform.url, { transports: ['websocket'], forceNew: true, auth: { token } });
      sockets.push(socket);
      socket.onAny((name: string, said: { feed: string; events?: { type: string }[] }) => {
        const { kind } = parseFeed(said.feed);
        hold(kind, name, said);
        note(kind, name);
        for (const event of said.events ?? []) {
          hold(kind, event.type, event);
          note(kind, event.type);
        }
      });
      await until(() => socket.connected);
      hold('connection', 'connected', { sid: socket.id });
      return socket;
    }

    async function ask(
      socket: Socket,
      name: string,
      said: unknown,
      channel: string,
    ): Promise<Watched | Refused> {
      const answer: Watched | Refused = await socket.timeout(5_000).emitWithAck(name, said);
      const given = answer.ok ? (name === 'watch' ? 'watched' : 'done') : 'refused';
      hold(channel, given, answer);
      if (answer.ok) hold(channel, name, said);
      note(channel, `${name}: ${answer.ok ? 'ok' : answer.code}`);
      return answer;
    }
    const watch = async (socket: Socket, feed: string, more: object = {}): Promise<Watched> => {
      const answer = await ask(socket, 'watch', { feed, ...more }, parseFeed(feed).kind);
      if (!answer.ok) throw new Error(`${feed}: ${answer.code}`);
      return answer;
    };

    after(() => {
      for (const socket of sockets) socket.disconnect();
    });
    afterEach(async () => {
      expect(wrongs.splice(0)).to.deep.equal([]);
      await expectBalancedBooks(platform.house.db);
      expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
    });

    it('each answer, state and event of a campaign’s days, on every kind of feed', async () => {
      const { db } = platform.house;
      const does = async (method: string, path: string, body: unknown, token: string): Promise<unknown> => {
        const headers = { 'idempotency-key': randomUUID() };
        const answer = await outside.call(method, path, { body, token, headers });
        expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.problem)}`).to.be.lessThan(300);
        return answer.body;
      };
      const [citra, fina, ayu] = [
        await person(db, 'Citra', 'moderator'),
        await person(db, 'Fina', 'finance'),
        await person(db, 'Ayu'),
      ];
      const desk = await open(outside.tokenOf(citra));
      const cashier = await open(outside.tokenOf(fina));
      await watch(desk, MODERATION);
      await watch(cashier, FINANCE);
      const campaign = await liveCampaign(platform.house);
      const owner = outside.tokenOf(campaign.owner);
      const team = await open(owner);
      const guest = await open();
      const donor = await open(outside.tokenOf(ayu));
      await watch(team, ownerFeed(campaign.id));
      await watch(donor, userFeed(ayu.userId));
      const began = await watch(guest, campaignFeed(campaign.id));

      const gift = await outside.pledged(
        campaign.id,
        { message: 'Semoga lekas selesai, hubungi 0812 3456 7890', tip: { amount: 5_000, currency: 'IDR' } },
        { token: outside.tokenOf(ayu) },
      );
      await watch(guest, donationFeed(gift.id), { claimToken: gift.claimToken });
      await watch(donor, donationFeed(gift.id));
      await outside.act(gift.reference, 'pay');
      const failing = await outside.pledged(campaign.id);
      await watch(guest, donationFeed(failing.id), { claimToken: failing.claimToken });
      await outside.act(failing.reference, 'expire');
      await until(
        () => heard.get('campaign')?.has('donation.received') && heard.get('moderation')?.has('message.held'),
      );
      const [moderator, finance] = [outside.tokenOf(citra), outside.tokenOf(fina)];
      await does('POST', `/api/v1/donations/${gift.id}/message/review`, { decision: 'show' }, moderator);
      const back = { gift: { amount: 20_000, currency: 'IDR' }, reason: 'Salah jumlah' };
      await does('POST', `/api/v1/donations/${gift.id}/refunds`, back, finance);
      const here = `/api/v1/campaigns/${campaign.id}`;
      const update = { title: 'Kabar', text: 'Tiang pertama **berdiri**.' };
      const posted = (await does('POST', `${here}/updates`, update, owner)) as { update: { id: string } };
      await does('DELETE', `${here}/updates/${posted.update.id}`, undefined, owner);
      await does('POST', `${here}/holds`, { reason: 'Laporan' }, finance);
      const token = outside.tokenOf(ayu);
      const hidden = await outside.paid(campaign.id, { donor: { name: 'Ayu' } }, { token });
      await does('POST', `/api/v1/donations/${hidden.id}/hide`, {}, token);
      await does('POST', `${here}/pause`, {}, moderator);
      await does('POST', `${here}/resume`, {}, moderator);

      const expected: Record<string, string[]> = {
        campaign: [
          ...['news', 'head', 'viewers', 'donation.received', 'donation.message_shown', 'donation.hidden'],
          ...['donation.refunded', 'campaign.updated', 'update.posted', 'update.hidden'],
        ],
        donation: ['news', 'head', 'donation.paid', 'donation.expired', 'donation.refunded'],
        owner: ['news', 'donation.received', 'donation.refunded', 'campaign.status', 'hold.placed'],
        user: ['news', 'donation.paid', 'donation.refunded'],
        moderation: ['news', 'campaign.submitted', 'campaign.reviewed', 'message.held', 'message.reviewed'],
        finance: ['news', 'refund.changed'],
      };
      for (const [kind, all] of Object.entries(expected))
        for (const what of all) await until(() => heard.get(kind)?.has(what), { what: `${what} on ${kind}` });

      // Whoever comes back is given the events, and the whole state if the history is another one.
      const late = await open();
      const caught = await watch(late, campaignFeed(campaign.id), { epoch: began.epoch, since: began.head });
      expect(caught.events?.length).to.be.greaterThan(5);
      const other = await watch(late, campaignFeed(campaign.id), { epoch: 'another', since: 1 });
      expect(other.state).to.be.an('object');
      await ask(late, 'unwatch', { feed: campaignFeed(campaign.id) }, 'campaign');
    });

    it('each refusal that a caller may meet', async () => {
      const guest = await open();
      const user = await open(outside.tokenOf(await person(platform.house.db, 'Dewi')));
      await ask(guest, 'watch', { feed: FINANCE }, 'finance');
      await ask(user, 'watch', { feed: FINANCE }, 'finance');
      await ask(guest, 'watch', { feed: campaignFeed(randomUUID()) }, 'campaign');
      await ask(guest, 'watch', { feed: 'campaign:all', more: 1 }, 'campaign');
      await ask(guest, 'authenticate', { token: 'not a token' }, 'connection');
      await ask(user, 'authenticate', { token: null }, 'connection');
      for (let i = 0; i <= FEEDS_MAX; i++) {
        const { id } = await liveCampaign(platform.house);
        await ask(user, 'watch', { feed: campaignFeed(id) }, 'campaign');
      }
      for (let i = 0; i < 80; i++) user.emit('unwatch', { feed: FINANCE });
      await ask(user, 'unwatch', { feed: FINANCE }, 'finance');
      expect([...(heard.get('finance') ?? [])]).to.include.members([
        'watch: unauthenticated',
        'watch: forbidden',
        'unwatch: too-many-requests',
      ]);
      expect([...(heard.get('campaign') ?? [])]).to.include.members([
        'watch: not-found',
        'watch: bad-request',
        'watch: too-many-feeds',
      ]);
      expect([...(heard.get('connection') ?? [])]).to.include.members([
        'authenticate: unauthenticated',
        'authenticate: ok',
      ]);
    });

    it('the refusal of a handshake', async () => {
      const socket = io(platform.url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        auth: { token: 'not a token' },
      });
      sockets.push(socket);
      const error = await new Promise<Error & { data?: unknown }>((resolve) =>
        socket.once('connect_error', resolve),
      );
      hold('connection', 'connectError', { message: error.message, data: error.data });
      expect(error.data).to.deep.equal({ ok: false, code: 'unauthenticated' });
    });

    it('and it is not true of a field that nobody announced, or one that is missing', () => {
      const wrong = (event: object) => wrongWithMessage('campaign', 'donation.hidden', event);
      const event = {
        seq: 1,
        type: 'donation.hidden',
        at: '2026-03-01T00:00:00.000Z',
        data: { id: randomUUID() },
      };
      expect(wrong(event)).to.equal('');
      expect(wrong({ ...event, data: { ...event.data, email: 'a@b.id' } })).to.contain('additional');
      expect(wrong({ ...event, data: {} })).to.contain('id');
      expect(wrong({ ...event, seq: 0 })).to.contain('seq');
    });

    it('and a test whose platform says what nobody described fails, whatever it is about', () => {
      const said = { feed: FINANCE, epoch: 'e1', from: 1, to: 1 };
      const event = { seq: 1, type: 'books.mended', at: '2026-03-01T00:00:00.000Z', data: {} };
      holdNews({ ...said, events: [event] });
      expect(wrongNews.delete('There is no message books.mended on finance.')).to.equal(true);
    });
  });
});
