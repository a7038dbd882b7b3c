import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

/**
 * Socket.IO as its documentation sets it up for several nodes, without the transport that needs sticky sessions. Each
 * client is in the room that it names, or in the one that everybody is in.
 */
const [, , port, redisUrl, room] = process.argv;
if (!port || !redisUrl || !room) throw new Error('usage: socketio.ts PORT REDIS_URL ROOM');

const publisher = new Redis(redisUrl);
const subscriber = publisher.duplicate();
await Promise.all([publisher.ping(), subscriber.ping()]);
const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  adapter: createAdapter(publisher, subscriber),
});
io.on('connection', (socket) => {
  const wanted: unknown = socket.handshake.auth.room;
  void socket.join(typeof wanted === 'string' ? wanted : room);
});
http.listen({ host: '127.0.0.1', port: Number(port), backlog: 4_096 }, () => process.send?.('ready'));
process.on('disconnect', () => process.exit());
