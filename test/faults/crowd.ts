import { Agent } from 'node:http';
import { createConnection, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect } from '../../client/src/feed.ts';
import { type Screen, screen } from './screens.ts';

/** Thousands who watch one feed, in a process of their own. All reports are of the whole crowd. */
export type Told =
  | { come: number; feed: string }
  /** Doors that a balancer would send whoever comes to. */
  | { doors: number[] }
  | { watchGoodbye: { from: number; to: number } }
  | { cut: true };
export type Said = {
  live: number;
  /** How often somebody's connection was lost. */
  lost: number;
  lowest: number;
  highest: number;
  wrong: string[];
  states: number;
  /** Whether the old door still called itself ready at its first goodbye. */
  readyAtGoodbye: number;
  /** How many still sat at the old door when so many had arrived at the new one. */
  still: Record<number, number>;
};

/** Households behind one address. */
const PER_ADDRESS = 50;
const REPORT_EVERY_MS = 200;
const SHARES = [0.1, 0.25, 0.5];

const screens: Screen[] = [];
const statuses: string[] = [];
let doors: number[] = [];
let next = 0;
const open = new Map<Socket, number>();
let goodbye: { from: number; to: number } | undefined;
let readyAtGoodbye = 0;
let arrived = 0;
let lost = 0;
const still: Record<number, number> = {};

class Balancer extends Agent {
  readonly #localAddress: string;
  constructor(number: number) {
    super();
    const household = Math.floor(number / PER_ADDRESS);
    this.#localAddress = `127.0.${2 + (household >> 7)}.${1 + (household & 127)}`;
  }

  override createConnection(options: TcpNetConnectOpts): Socket {
    const port = doors[next++ % doors.length] ?? 0;
    const socket = createConnection({
      ...options,
      host: '127.0.0.1',
      port,
      localAddress: this.#localAddress,
    });
    open.set(socket, port);
    socket.once('close', () => open.delete(socket));
    if (port === goodbye?.to) {
      arrived += 1;
      const share = SHARES.find((one) => arrived === Math.round(one * screens.length));
      if (share) still[share] = [...open.values()].filter((at) => at === goodbye?.from).length;
    }
    return socket;
  }
}

function come(count: number, feed: string): void {
  for (let i = 0; i < count; i += 1) {
    const number = screens.length;
    const connection = connect({
      url: 'http://127.0.0.1:1',
      socket: { agent: new Balancer(number) } as object,
    });
    statuses[number] = '';
    connection.onStatus((status) => {
      const wasLive = statuses[number] === 'live';
      statuses[number] = status;
      if (wasLive) lost += 1;
      if (!wasLive || !goodbye || readyAtGoodbye !== 0) return;
      readyAtGoodbye = -1;
      void fetch(`http://127.0.0.1:${goodbye.from}/readyz`).then(({ status: code }) => {
        readyAtGoodbye = code;
      });
    });
    screens.push(screen(connection, feed));
  }
}

process.on('message', (told: Told) => {
  if ('come' in told) come(told.come, told.feed);
  else if ('doors' in told) doors = told.doors;
  else if ('watchGoodbye' in told) goodbye = told.watchGoodbye;
  else for (const socket of open.keys()) socket.destroy();
});

setInterval(() => {
  const lasts = screens.map(({ last }) => last);
  const said: Said = {
    live: statuses.filter((status) => status === 'live').length,
    lost,
    lowest: lasts.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER),
    highest: lasts.reduce((a, b) => Math.max(a, b), -1),
    wrong: screens.flatMap(({ wrong }) => wrong).slice(0, 10),
    states: screens.reduce((most, { states }) => Math.max(most, states.length), 0),
    readyAtGoodbye,
    still,
  };
  process.send?.(said);
}, REPORT_EVERY_MS);
