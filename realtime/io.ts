import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Registry } from 'prom-client';
import { Server, type ServerOptions } from 'socket.io';
import type { Principal } from '../server/domain/accounts/principal.ts';
import { REVOCATIONS } from '../server/protocol/feeds.ts';
import type { ClientEvents, Refused } from '../server/protocol/sockets.ts';
import { addressOf, customerOf, isWelcome } from './addresses.ts';
import { bucket } from './bucket.ts';
import { type Door, refusalOf } from './door.ts';
import { authenticate } from './doors/authenticate.ts';
import { unwatch } from './doors/unwatch.ts';
import { leave, watch } from './doors/watch.ts';
import { type Encoded, encoded } from './encoded.ts';
import type { Bus, Source } from './follower.ts';
import { followers as allFollowers } from './followers.ts';
import { becomes } from './identity.ts';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_MAX,
  DRAIN_MS,
  DRAIN_STEP_MS,
  FAREWELL_MS,
  FULL_RETRY_MS,
  GREETING_MS_MAX,
  MESSAGE_BYTES_MAX,
  PACKETS_BURST,
  PACKETS_PER_S,
  PING_EVERY_MS,
  PONG_MS_MAX,
  RECHECK_EVERY_MS,
  REQUESTS_BURST,
  REQUESTS_PER_S,
  SLOW_CHECK_MS,
  TOKEN_LENGTH_MAX,
  UNHEARD_FACTOR,
} from './limits.ts';
import { metrics as allMetrics } from './metrics.ts';
import { recheck } from './recheck.ts';
import { revocations as allRevocations } from './revocations.ts';
import {
  type Connection,
  cut,
  hangUp,
  isTooSlow,
  type LiveServer,
  type LiveSocket,
  newSession,
  wireOf,
} from './session.ts';
import { viewersElsewhere } from './viewers.ts';

export type RealtimeOptions = {
  source: Source;
  bus: Bus;
  /** Rejects with a Refusal 'unauthenticated' if the token is not good; any other rejection is a fault of ours. */
  identify(token: string | null): Promise<Principal>;
  mayWatch(principal: Principal, feed: string, claimToken?: string): Promise<boolean>;
  /** How long an access token lives, in milliseconds. */
  tokenLifeMs: number;
  /** Origins of pages that may connect besides those of our own host, as `https://example.org`. */
  origins?: readonly string[];
  /** Proxies in front of us that append to X-Forwarded-For. */
  trustedHops?: number;
  /** Where an error of our own is logged. */
  fault(where: string, fault: unknown): void;
  registry?: Registry;
  connectionsMax?: number;
  connectionsPerAddressMax?: number;
  /** What joins several processes, for the number of viewers and for hanging up; feeds do not ride on it. */
  adapter?: ServerOptions['adapter'];
  /** How often a connection is asked whether it lives, and how long it has to answer; in milliseconds. */
  pingEveryMs?: number;
  pongMsMax?: number;
  /** Over how long a shutdown spreads its farewells, in milliseconds. */
  drainMs?: number;
  /** How often it is asked anew whether those who watch a team's feed are still on it, in milliseconds. */
  recheckMs?: number;
};

/**
 * The live door: sockets on one side, feeds on the other. It holds no truth; all it knows can be read again.
 * `attach` before the server listens; `drain` before the server closes.
 */
export function realtime(options: RealtimeOptions) {
  const {
    identify,
    origins = [],
    trustedHops = 0,
    registry = new Registry(),
    connectionsMax = CONNECTIONS_MAX,
    connectionsPerAddressMax = CONNECTIONS_PER_ADDRESS_MAX,
    pingEveryMs = PING_EVERY_MS,
    pongMsMax = PONG_MS_MAX,
    drainMs = DRAIN_MS,
    recheckMs = RECHECK_EVERY_MS,
  } = options;
  const metrics = allMetrics(registry);
  const fault = (where: string, error: unknown): void => {
    metrics.faults.inc();
    options.fault(where, error);
  };

  let isDraining = false;
  /** Every open connection with the customer it belongs to. */
  const open = new Map<Connection, string>();
  const perCustomer = new Map<string, number>();
  const greeted = new WeakSet<Connection>();

  const io: LiveServer = new Server({
    transports: ['websocket'],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MESSAGE_BYTES_MAX,
    pingInterval: pingEveryMs,
    pingTimeout: pongMsMax,
    connectTimeout: GREETING_MS_MAX,
    ...(options.adapter ? { adapter: options.adapter } : {}),
    allowRequest: (request, allow) => {
      const refusal = refusalUnheard(request);
      if (refusal) metrics.refusals.inc({ code: refusal });
      allow(refusal, refusal === undefined);
    },
  });

  const followers = allFollowers({
    source: options.source,
    bus: options.bus,
    metrics,
    fault,
    send: (news) => broadcast(news.feed, encoded('news', news)),
    sendHead: (head) => broadcast(head.feed, encoded('head', head)),
    viewersElsewhere: (feed) => elsewhere?.count(feed) ?? 0,
    sendViewers: (viewers) => broadcast(viewers.feed, encoded('viewers', viewers)),
    gone: (feed) => {
      for (const socket of inRoom(feed)) hangUp(socket.conn);
      if (feed === REVOCATIONS) revocations.lost();
    },
  });
  const elsewhere = options.adapter ? viewersElsewhere({ io, own: followers.viewers }) : null;
  const revocations = allRevocations({
    followers,
    sockets: () => io.sockets.sockets.values(),
    tokenLifeMs: options.tokenLifeMs,
    metrics,
    fault,
  });
  const rechecks = recheck({
    sockets: () => io.sockets.sockets.values(),
    everyMs: recheckMs,
    mayWatch: options.mayWatch,
    revoked: () => metrics.revoked.inc(),
    fault,
  });

  const doors: Record<keyof ClientEvents, Door> = {
    watch: watch({ followers, mayWatch: options.mayWatch }),
    unwatch: unwatch({ followers }),
    authenticate: authenticate({ followers, revocations, identify }),
  };

  /** Turned away before a connection stands. A browser's page cannot read why, so the friendlier bounds come later. */
  function refusalUnheard(request: IncomingMessage): string | undefined {
    if (isDraining) return 'draining';
    if (!isWelcome(request, origins)) return 'origin';
    const customer = customerOf(addressOf(request, trustedHops));
    const fromThere = perCustomer.get(customer) ?? 0;
    if (
      fromThere >= connectionsPerAddressMax * UNHEARD_FACTOR ||
      open.size >= connectionsMax * UNHEARD_FACTOR
    )
      return 'full';
    return undefined;
  }

  function accept(conn: Connection): void {
    const customer = customerOf(addressOf(conn.request, trustedHops));
    const packets = bucket({ perSecond: PACKETS_PER_S, burst: PACKETS_BURST });
    open.set(conn, customer);
    perCustomer.set(customer, (perCustomer.get(customer) ?? 0) + 1);
    metrics.connections.set(open.size);
    conn.on('packet', () => {
      if (packets.take() === 0 || conn.readyState !== 'open') return;
      metrics.floods.inc();
      cut(conn);
    });
    wireOf(conn).once('close', () => {
      open.delete(conn);
      const left = (perCustomer.get(customer) ?? 1) - 1;
      if (left > 0) perCustomer.set(customer, left);
      else perCustomer.delete(customer);
      metrics.connections.set(open.size);
    });
  }

  /** Who is it? Undefined once the socket may come in. */
  async function greet(socket: LiveSocket): Promise<Refused | undefined> {
    socket.data = newSession();
    // Each greeting asks the house who this is; one connection is greeted once.
    if (greeted.has(socket.conn)) return { ok: false, code: 'bad-request' };
    greeted.add(socket.conn);
    if (open.size > connectionsMax) return { ok: false, code: 'unavailable', retryAfterMs: FULL_RETRY_MS };
    if ((perCustomer.get(open.get(socket.conn) ?? '') ?? 0) > connectionsPerAddressMax)
      return { ok: false, code: 'too-many-requests', retryAfterMs: FULL_RETRY_MS };
    const token: unknown = socket.handshake.auth.token ?? null;
    if (token !== null && (typeof token !== 'string' || token.length > TOKEN_LENGTH_MAX))
      return { ok: false, code: 'bad-request' };
    try {
      becomes(socket, await revocations.identified(identify, token));
      return undefined;
    } catch (error) {
      return refusalOf(error, fault);
    }
  }

  function welcome(socket: LiveSocket): void {
    // The upgrade request has said all it had to say, and is kept by nobody else.
    (socket.conn as { request: IncomingMessage | null }).request = null;
    const requests = bucket({ perSecond: REQUESTS_PER_S, burst: REQUESTS_BURST });
    // One place for whatever comes in, also for names that nobody knows.
    socket.use(([name, ...args]) => {
      const ack = typeof args.at(-1) === 'function' ? args.pop() : undefined;
      let isAnswered = false;
      const answer = (given: { ok: true } | Refused): void => {
        if (isAnswered) return;
        isAnswered = true;
        if (!given.ok) metrics.refusals.inc({ code: given.code });
        ack?.(given);
        closeIfSlow(socket.conn);
      };
      const retryAfterMs = requests.take();
      const door = Object.hasOwn(doors, name) ? doors[name as keyof ClientEvents] : undefined;
      if (retryAfterMs > 0) answer({ ok: false, code: 'too-many-requests', retryAfterMs });
      else if (!door) answer({ ok: false, code: 'bad-request' });
      else void door(socket, args[0], answer, fault);
    });
    socket.once('disconnect', () => {
      clearTimeout(socket.data.expiry);
      for (const feed of [...socket.data.wanted.keys()]) leave(socket, followers, feed);
      hangUp(socket.conn);
    });
    // It may have been revoked between the greeting and here, when nobody could find the socket yet.
    if (!revocations.stands(socket.data.principal)) hangUp(socket.conn);
  }

  function closeIfSlow(conn: Connection): void {
    if (!isTooSlow(conn)) return;
    metrics.slowCloses.inc();
    cut(conn);
  }

  /** To everyone in the room, here only: every process follows for itself. Gives the bytes that each one is sent. */
  function broadcast(feed: string, { text, options, bytes }: Encoded): number {
    for (const id of io.sockets.adapter.rooms.get(feed) ?? []) {
      io.sockets.sockets.get(id)?.conn.write(text, options);
    }
    return bytes;
  }

  function inRoom(feed: string): LiveSocket[] {
    const ids = io.sockets.adapter.rooms.get(feed) ?? [];
    return [...ids].flatMap((id) => io.sockets.sockets.get(id) ?? []);
  }

  io.use((socket, next) => {
    void greet(socket).then((refused) => {
      if (!refused) return next();
      metrics.refusals.inc({ code: refused.code });
      next(Object.assign(new Error(refused.code), { data: refused }));
    });
  });
  io.on('connection', welcome);
  // Not with each frame: what a reader can be behind by in this time is bounded too.
  const slowClock = setInterval(() => {
    for (const conn of open.keys()) closeIfSlow(conn);
  }, SLOW_CHECK_MS);

  async function sayGoodbye(): Promise<void> {
    isDraining = true;
    const all = [...open.keys()].sort(() => Math.random() - 0.5);
    const stepSize = Math.max(1, Math.ceil((all.length * DRAIN_STEP_MS) / drainMs));
    for (let i = 0; i < all.length; i += stepSize) {
      for (const conn of all.slice(i, i + stepSize)) {
        if (conn.readyState === 'open') metrics.drained.inc();
        hangUp(conn);
      }
      await sleep(DRAIN_STEP_MS * (0.5 + Math.random()));
    }
    for (let waited = 0; open.size > 0 && waited < 2 * FAREWELL_MS; waited += DRAIN_STEP_MS)
      await sleep(DRAIN_STEP_MS);
    for (const conn of open.keys()) cut(conn);
    clearInterval(slowClock);
    rechecks.stop();
    revocations.stop();
    elsewhere?.stop();
    followers.stop();
    io.engine.close();
  }
  let goodbye: Promise<void> | undefined;

  return {
    attach(httpServer: HttpServer): void {
      io.attach(httpServer);
      io.engine.on('connection', accept);
      void revocations.follow();
    },

    /**
     * Takes nobody new and lets everyone go, spread over time so that they do not all knock elsewhere at once. The
     * HTTP server itself is left to whoever opened it.
     */
    drain(): Promise<void> {
      goodbye ??= sayGoodbye();
      return goodbye;
    },

    stats: (): { connections: number; feeds: number; watchers: number } => ({
      connections: open.size,
      ...followers.stats(),
    }),
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
