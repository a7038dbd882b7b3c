import type { ServerEvents } from '../server/protocol/sockets.ts';

/** What one event is on the wire, made once for all who are sent it. */
export type Encoded = {
  text: string;
  options: { compress: false; wsPreEncodedFrame: [Buffer] };
  bytes: number;
};

/**
 * An event as Socket.IO says it (`42["name",...]`), in its WebSocket frame. The adapter encodes once for a broadcast
 * too, but hands header and body over apart, which costs every socket a second write.
 */
export function encoded<Name extends keyof ServerEvents>(
  name: Name,
  ...said: Parameters<ServerEvents[Name]>
): Encoded {
  const text = `2${JSON.stringify([name, ...said])}`;
  const body = Buffer.byteLength(text) + 1;
  const header = body < 126 ? 2 : body < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + body);
  frame[0] = 0x81;
  if (header === 2) frame[1] = body;
  else if (header === 4) frame.writeUInt16BE(body, 2);
  else frame.writeBigUInt64BE(BigInt(body), 2);
  if (header > 2) frame[1] = header === 4 ? 126 : 127;
  frame.write(`4${text}`, header);
  return { text, options: { compress: false, wsPreEncodedFrame: [frame] }, bytes: frame.length };
}
