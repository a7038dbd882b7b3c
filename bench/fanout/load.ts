import { type Wire, wire } from './wire.ts';

/**
 * Plays the watchers of one server, in a process of its own so that its work is not counted as the server's. All
 * servers are watched by this same code. Whatever a watcher is sent is counted, and held to the numbers it saw before:
 * frames are the same bytes for everybody, so each is parsed once and compared with what comes to the others.
 */

/** How the server is spoken to. `event` is the name that a Socket.IO server says things under. */
export type Dialect =
  | { kind: 'plain'; path: string }
  | { kind: 'socketio'; path: string; event: string; feed?: string };

export type Order =
  /** `nth` of the processes that watch the same server: their addresses differ. */
  | { kind: 'connect'; port: number; dialect: Dialect; watchers: number; nth?: number }
  /** Ends so many of the connections. */
  | { kind: 'shed'; watchers: number }
  /** Counts from nothing. */
  | { kind: 'begin' }
  | { kind: 'tally' }
  | { kind: 'marks' };

export type Tally = {
  watchers: number;
  /** Events whose body was received, over all watchers. */
  bodies: number;
  /** Events that a frame spoke of without their body. */
  elided: number;
  frames: number;
  bytes: number;
  /** Numbers that were left out or came again. Nobody may have any. */
  broken: number;
  closed: number;
};
/** When the events `from` to `to` were told, or had; microseconds of the machine's clock. */
export type Mark = [from: number, to: number, atUs: number];
/** A frame as one of the sampled watchers had it. */
export type Heard = [...Mark, watcher: number, bytes: number];

type Frame = { bytes: Buffer; from: number; to: number; bodies: number };
type Watcher = { wire: Wire; nth: number; last: number | undefined; isSampled: boolean };

/** Connections being opened at a time. */
const OPENING_MAX = 100;
/** Below the bound of one address. */
const PER_ADDRESS = 400;
/** One watcher in so many keeps the times of what it gets. */
const SAMPLE_EVERY = 10;
const OPEN_MS_MAX = 30_000;
/** Frames that may still come to somebody else. */
const KNOWN_MAX = 4_000;
const SEQ = Buffer.from('"seq":');
const FROM = Buffer.from('"from":');

const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

const watchers: Watcher[] = [];
const known = new Map<number, Frame>();
let tally = zero();
let marks: Heard[] = [];

function zero(): Tally {
  return { watchers: 0, bodies: 0, elided: 0, frames: 0, bytes: 0, broken: 0, closed: 0 };
}

/** The number after `name`, without parsing the rest. */
function numberAfter(payload: Buffer, name: Buffer): number {
  let at = payload.indexOf(name);
  if (at < 0) return -1;
  at += name.length;
  let value = 0;
  for (let digit = (payload[at] ?? 0) - 48; digit >= 0 && digit <= 9; digit = (payload[at] ?? 0) - 48) {
    value = value * 10 + digit;
    at += 1;
  }
  return value;
}

type Said = { seq: number } | { from: number; to: number; events: { seq: number }[] };

/** What is said, by its bytes: parsed if they are new, compared if they are not. */
function read(payload: Buffer, prefix: number): Frame {
  const from = numberAfter(payload, FROM);
  const key = from >= 0 ? from : numberAfter(payload, SEQ);
  const before = known.get(key);
  if (before?.bytes.equals(payload)) return before;
  const parsed = JSON.parse(payload.toString('utf8', prefix)) as Said | [string, Said];
  const said = Array.isArray(parsed) ? parsed[1] : parsed;
  const frame =
    'events' in said
      ? { from: said.from, to: said.to, bodies: said.events.length }
      : { from: said.seq, to: said.seq, bodies: 1 };
  const kept = { bytes: Buffer.from(payload), ...frame };
  if (known.size >= KNOWN_MAX) for (const old of [...known.keys()].slice(0, KNOWN_MAX / 2)) known.delete(old);
  known.set(key, kept);
  return kept;
}

function hear(watcher: Watcher, payload: Buffer, prefix: number): void {
  const { from, to, bodies } = read(payload, prefix);
  if (watcher.last !== undefined && from !== watcher.last + 1) tally.broken += 1;
  watcher.last = to;
  tally.frames += 1;
  tally.bytes += payload.length;
  tally.bodies += bodies;
  tally.elided += to - from + 1 - bodies;
  if (watcher.isSampled) marks.push([from, to, nowUs(), watcher.nth, payload.length]);
}

function open(port: number, dialect: Dialect, nth: number, subnet: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`a connection to ${port} did not come up`)), OPEN_MS_MAX);
    const isReady = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const prefixed = dialect.kind === 'socketio' ? Buffer.from(`42["${dialect.event}"`) : null;
    const address = Math.floor(nth / PER_ADDRESS);
    const watcher: Watcher = {
      nth,
      last: undefined,
      isSampled: nth % SAMPLE_EVERY === 0,
      wire: wire({
        port,
        path: dialect.path,
        localAddress: `127.0.${1 + subnet}.${1 + address}`,
        onOpen() {
          if (dialect.kind === 'plain') isReady();
        },
        onText(payload) {
          if (!prefixed) return hear(watcher, payload, 0);
          if (
            payload.length >= prefixed.length &&
            payload.compare(prefixed, 0, prefixed.length, 0, prefixed.length) === 0
          )
            return hear(watcher, payload, 2);
          const text = payload.toString('latin1', 0, 3);
          if (text === '2') watcher.wire.say('3');
          else if (text.startsWith('0')) watcher.wire.say('40');
          else if (text.startsWith('40')) {
            if (dialect.kind === 'socketio' && dialect.feed)
              watcher.wire.say(`420${JSON.stringify(['watch', { feed: dialect.feed }])}`);
            else isReady();
          } else if (text === '430') {
            const [answer] = JSON.parse(payload.toString('utf8', 3)) as [{ ok: boolean; head: number }];
            if (!answer.ok) return reject(new Error(`a watcher was refused: ${payload}`));
            watcher.last = answer.head;
            isReady();
          }
        },
        onClose() {
          const at = watchers.indexOf(watcher);
          if (at < 0) return;
          watchers.splice(at, 1);
          tally.closed += 1;
        },
      }),
    };
    watchers.push(watcher);
  });
}

async function connect(port: number, dialect: Dialect, count: number, subnet: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: OPENING_MAX }, async () => {
      while (next < count) {
        const nth = next;
        next += 1;
        await open(port, dialect, nth, subnet);
      }
    }),
  );
}

async function follow(order: Order): Promise<Tally | Heard[]> {
  switch (order.kind) {
    case 'connect':
      await connect(order.port, order.dialect, order.watchers, order.nth ?? 0);
      break;
    case 'shed':
      for (const watcher of watchers.splice(0, order.watchers)) watcher.wire.end();
      break;
    case 'begin':
      tally = zero();
      marks = [];
      known.clear();
      break;
    case 'marks':
      return marks;
    case 'tally':
      break;
  }
  return { ...tally, watchers: watchers.length };
}

process.on('message', (order: Order) => {
  follow(order).then(
    (answer) => process.send?.(answer),
    (fault) => {
      console.error(fault);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
