import type { Server, Socket } from 'socket.io';
import { GUEST, type Principal } from '../server/domain/accounts/principal.ts';
import type { ClientEvents, ServerEvents } from '../server/protocol/sockets.ts';
import type { Encoded } from './encoded.ts';
import type { Follower } from './follower.ts';
import { FAREWELL_MS, OUTPUT_BYTES_MAX, OUTPUT_PACKETS_MAX } from './limits.ts';

/** What a process knows of one socket. It lives as long as the socket does. */
export type Session = {
  principal: Principal;
  /** Rises with every change of `principal`: an answer that was prepared for another one is void. */
  version: number;
  /** Feeds asked for and not given back; the object tells one asking from a later one. */
  wanted: Map<string, object>;
  /** Feeds joined. */
  joined: Map<string, Follower>;
  expiry: NodeJS.Timeout | undefined;
};

/** What processes say to each other: how many watch each campaign at one of them. */
export type NodeEvents = { viewers(said: { node: string; counts: [feed: string, count: number][] }): void };
export type LiveServer = Server<ClientEvents, ServerEvents, NodeEvents, Session>;
export type LiveSocket = Socket<ClientEvents, ServerEvents, NodeEvents, Session>;
export type Connection = LiveSocket['conn'];

export const newSession = (): Session => ({
  principal: GUEST,
  version: 0,
  wanted: new Map(),
  joined: new Map(),
  expiry: undefined,
});

/** What engine.io as published holds of a WebSocket connection; its public types leave it out. */
type Inside = {
  writeBuffer: { data?: string }[];
  transport: {
    socket: {
      bufferedAmount: number;
      readyState: number;
      /** What ws writes frames with, and engine.io too where it is handed one that is encoded. */
      _sender?: { sendFrame?(frame: Buffer[]): void };
      terminate(): void;
      once(event: 'close', listener: () => void): void;
    };
  };
};
const WIRE_OPEN = 1;
export const wireOf = (conn: Connection): Inside['transport']['socket'] =>
  (conn as unknown as Inside).transport.socket;

/**
 * Ends a connection so that the client comes back by itself: `socket.disconnect(true)` would tell it not to. What
 * is queued is sent first, if the other side reads. By itself the wire of a peer that has died would stand for 30 s.
 */
export function hangUp(conn: Connection): void {
  if (conn.readyState !== 'open') return;
  const wire = wireOf(conn);
  const timer = setTimeout(() => wire.terminate(), FAREWELL_MS);
  wire.once('close', () => clearTimeout(timer));
  conn.close();
}

/** Ends a connection at once: a close alone would wait until the reader has taken all that is queued. */
export function cut(conn: Connection): void {
  conn.close();
  wireOf(conn).terminate();
}

/**
 * Sends what was encoded once for many. Where nothing waits before it, it goes past the queue of engine.io, whose
 * bookkeeping took 15 % of a delivery's processor time (bench:fanout, trickle). The order stays: the queue hands on to
 * the same wire.
 */
export function sendEncoded(conn: Connection, { text, options }: Encoded): void {
  const { writeBuffer, transport } = conn as unknown as Inside;
  const { socket } = transport;
  const isNext = conn.readyState === 'open' && writeBuffer.length === 0 && socket.readyState === WIRE_OPEN;
  if (isNext && socket._sender?.sendFrame) socket._sender.sendFrame(options.wsPreEncodedFrame);
  else conn.write(text, options);
}

/** True if more waits to be sent than a reader who keeps up would leave waiting. */
export function isTooSlow(conn: Connection): boolean {
  const { writeBuffer, transport } = conn as unknown as Inside;
  if (conn.readyState !== 'open') return false;
  if (writeBuffer.length > OUTPUT_PACKETS_MAX) return true;
  let bytes = transport.socket.bufferedAmount;
  for (const { data } of writeBuffer) bytes += data?.length ?? 0;
  return bytes > OUTPUT_BYTES_MAX;
}
