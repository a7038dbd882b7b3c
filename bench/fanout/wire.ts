import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/**
 * A WebSocket client that costs a load process next to nothing: a bare socket, one buffer that all of them read into,
 * and no object for a message. It trusts its server, which is one of ours: only text, never fragmented.
 */
export type Wire = { say(text: string): void; end(): void };

const READ_BYTES = 256 * 1_024;
const HEAD_END = '\r\n\r\n';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

// A read is handed over before the next one begins, so that one buffer serves every connection.
const shared = Buffer.allocUnsafe(READ_BYTES);

export type WireOptions = {
  port: number;
  path: string;
  /** One of loopback's many: bounds for each address are part of what is measured. */
  localAddress: string;
  onOpen(): void;
  /** The bytes are only good until it returns. */
  onText(payload: Buffer): void;
  onClose(): void;
};

export function wire({ port, path, localAddress, onOpen, onText, onClose }: WireOptions): Wire {
  let isOpen = false;
  /** What began in one read and ends in a later one. */
  let rest: Buffer | null = null;

  function take(bytes: Buffer): number {
    let at = 0;
    if (!isOpen) {
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) return 0;
      if (!bytes.subarray(0, 12).toString('latin1').endsWith(' 101')) {
        socket.destroy();
        return bytes.length;
      }
      isOpen = true;
      at = end + HEAD_END.length;
      onOpen();
    }
    for (;;) {
      if (bytes.length - at < 2) return at;
      const code = (bytes[at] ?? 0) & 15;
      let length = (bytes[at + 1] ?? 0) & 127;
      let start = at + 2;
      if (length === 126) {
        if (bytes.length - at < 4) return at;
        length = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (bytes.length - at < 10) return at;
        length = Number(bytes.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (bytes.length < start + length) return at;
      const payload = bytes.subarray(start, start + length);
      at = start + length;
      if (code === TEXT) onText(payload);
      else if (code === PING) send(PONG, payload);
      else if (code === CLOSE) socket.end();
    }
  }

  function send(code: number, payload: Buffer): void {
    if (payload.length > 0xffff) throw new Error('nothing here says so much');
    const isShort = payload.length < 126;
    const head = Buffer.alloc(isShort ? 6 : 8);
    head[0] = 0x80 | code;
    head[1] = 0x80 | (isShort ? payload.length : 126);
    if (!isShort) head.writeUInt16BE(payload.length, 2);
    // Masked with zeros: what the server does to read it is the same.
    socket.write(Buffer.concat([head, payload]));
  }

  const socket: Socket = connect({
    host: '127.0.0.1',
    port,
    localAddress,
    noDelay: true,
    onread: {
      buffer: shared,
      callback: (length) => {
        const bytes = rest ? Buffer.concat([rest, shared.subarray(0, length)]) : shared.subarray(0, length);
        rest = null;
        const taken = take(bytes);
        if (taken < bytes.length) rest = Buffer.from(bytes.subarray(taken));
        return true;
      },
    },
  });
  socket.on('connect', () => {
    const key = randomBytes(16).toString('base64');
    socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${key}`,
        'Sec-WebSocket-Version: 13',
      ].join('\r\n') + HEAD_END,
    );
  });
  socket.on('error', () => {});
  socket.once('close', onClose);

  return {
    say: (text) => send(TEXT, Buffer.from(text)),
    end: () => socket.destroy(),
  };
}
