import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { io } from 'socket.io-client';
import { connect } from '../../client/src/feed.ts';

/**
 * Clients on bad lines: each one's socket is cut again and again without a goodbye, and the client finds its own way
 * back, be it the project's library or Socket.IO's. What their pages are told is held to the numbers of the events.
 */
export type Kind = 'ours' | 'socketio';
export type Order =
  | { kind: 'connect'; to: Kind; url: string; feeds: string[]; clients: number; nth: number }
  /** Cuts every socket after a random time within these bounds, each time it stands. */
  | { kind: 'chaos'; everyMs: readonly [number, number] | null }
  | { kind: 'tally'; heads: Record<string, number> };

export type Tally = {
  /** Events that a page was given, as a body or inside a state. */
  bodies: number;
  inStates: number;
  /** Bodies that a page was given that had them. */
  twice: number;
  /** Clients that have everything up to these heads. */
  upToDate: number;
  cuts: number;
  /** From the loss of the socket to the next event or state, which are only told once nothing is missing before them. */
  recoveriesMs: number[];
};

type Client = {
  feed: string;
  start: number;
  told: Set<number>;
  coveredTo: number;
  inStates: number;
  twice: number;
};

const PER_ADDRESS = 200;
const OPENING_MAX = 50;
const OPEN_MS_MAX = 60_000;
const TICK_MS = 50;

const clients: Client[] = [];
const lines: Line[] = [];
const recoveriesMs: number[] = [];
let cuts = 0;
let everyMs: readonly [number, number] | null = null;

/** The socket of one client, whichever it is at the moment. */
class Line extends Agent {
  readonly #address: string;
  #socket: Duplex | undefined;
  #lostAt: number | undefined;
  cutAt = Number.POSITIVE_INFINITY;

  constructor(address: string) {
    super();
    this.#address = address;
  }

  override createConnection(...[options, done]: Parameters<Agent['createConnection']>) {
    const socket = super.createConnection({ ...options, localAddress: this.#address }, done);
    if (!socket) throw new Error('an agent makes its sockets at once');
    this.#socket = socket;
    this.plan();
    socket.once('close', () => {
      if (this.#socket === socket) this.#lostAt ??= performance.now();
    });
    return socket;
  }

  plan(): void {
    this.cutAt = everyMs
      ? performance.now() + everyMs[0] + Math.random() * (everyMs[1] - everyMs[0])
      : Number.POSITIVE_INFINITY;
  }

  cut(): void {
    this.cutAt = Number.POSITIVE_INFINITY;
    this.#socket?.destroy();
    cuts += 1;
  }

  isUpToDate(): void {
    if (this.#lostAt === undefined) return;
    recoveriesMs.push(performance.now() - this.#lostAt);
    this.#lostAt = undefined;
  }
}

setInterval(() => {
  const now = performance.now();
  for (const line of lines) if (line.cutAt <= now) line.cut();
}, TICK_MS);

function hear(client: Client, seq: number): void {
  if (client.told.has(seq) || seq <= client.coveredTo) client.twice += 1;
  else client.told.add(seq);
}

/** A state holds whatever it follows, of which the page may have been told some as bodies. */
function adopt(client: Client, head: number): void {
  for (let seq = client.coveredTo + 1; seq <= head; seq += 1) if (!client.told.has(seq)) client.inStates += 1;
  client.coveredTo = Math.max(client.coveredTo, head);
}

/** Resolves when the client listens: what is said from then on is for it too. */
function openOurs(url: string, feed: string, line: Line): Promise<void> {
  return new Promise((resolve) => {
    const client: Client = { feed, start: -1, told: new Set(), coveredTo: -1, inStates: 0, twice: 0 };
    connect({ url, socket: { agent: line as unknown as string } }).watch<
      unknown,
      { [type: string]: unknown }
    >(feed, {
      onState(_state, head) {
        line.isUpToDate();
        if (client.start >= 0) return adopt(client, head);
        client.start = head;
        client.coveredTo = head;
        clients.push(client);
        resolve();
      },
      onEvents(events) {
        line.isUpToDate();
        for (const { seq } of events) hear(client, seq);
      },
    });
  });
}

function openSocketio(url: string, feed: string, line: Line): Promise<void> {
  return new Promise((resolve) => {
    const client: Client = { feed, start: 0, told: new Set(), coveredTo: 0, inStates: 0, twice: 0 };
    const settings = { transports: ['websocket'], forceNew: true, agent: line as unknown as string };
    const socket = io(url, { ...settings, auth: { room: feed } });
    socket.once('connect', () => {
      clients.push(client);
      resolve();
    });
    socket.on('event', ({ seq }: { seq: number }) => {
      line.isUpToDate();
      hear(client, seq);
    });
  });
}

async function open(order: Extract<Order, { kind: 'connect' }>): Promise<void> {
  let next = 0;
  const late = setTimeout(() => {
    throw new Error(`only ${clients.length} clients came up`);
  }, OPEN_MS_MAX);
  await Promise.all(
    Array.from({ length: OPENING_MAX }, async () => {
      while (next < order.clients) {
        const nth = next;
        next += 1;
        const line = new Line(`127.0.${10 + order.nth}.${1 + Math.floor(nth / PER_ADDRESS)}`);
        lines.push(line);
        const feed = order.feeds[nth % order.feeds.length] ?? '';
        await (order.to === 'ours' ? openOurs : openSocketio)(order.url, feed, line);
      }
    }),
  );
  clearTimeout(late);
}

function tallyOf(heads: Record<string, number>): Tally {
  const tally = { bodies: 0, inStates: 0, twice: 0, upToDate: 0, cuts, recoveriesMs };
  for (const client of clients) {
    tally.bodies += client.told.size;
    tally.inStates += client.inStates;
    tally.twice += client.twice;
    if (client.start + client.told.size + client.inStates >= (heads[client.feed] ?? 0)) tally.upToDate += 1;
  }
  return tally;
}

process.on('message', (order: Order) => {
  if (order.kind === 'connect') {
    open(order).then(
      () => process.send?.('open'),
      (fault) => {
        console.error(fault);
        process.exit(1);
      },
    );
  } else if (order.kind === 'chaos') {
    everyMs = order.everyMs;
    for (const line of lines) line.plan();
    process.send?.('begun');
  } else {
    process.send?.(tallyOf(order.heads));
  }
});
process.on('disconnect', () => process.exit());
