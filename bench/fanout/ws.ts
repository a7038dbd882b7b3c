import { Redis } from 'ioredis';
import { WebSocket, WebSocketServer } from 'ws';

/**
 * The plain way, as a good engineer would write it in an afternoon: each event that comes over Redis is made into bytes
 * once and sent to every client as a message of its own.
 */
const [, , port, redisUrl, channel] = process.argv;
if (!port || !redisUrl || !channel) throw new Error('usage: ws.ts PORT REDIS_URL CHANNEL');

const sockets = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  backlog: 4_096,
  perMessageDeflate: false,
});
const redis = new Redis(redisUrl);
await redis.subscribe(channel);
redis.on('message', (_channel: string, message: string) => {
  const event: unknown = JSON.parse(message);
  const bytes = Buffer.from(JSON.stringify(event));
  for (const client of sockets.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(bytes, { binary: false });
  }
});
process.send?.('ready');
process.on('disconnect', () => process.exit());
