import { connect, createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';
/** Below the range out of which the system takes the ports of outgoing connections. */
const FIRST = 20_000;
const COUNT = 12_000;

/** One that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });

export const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, LOOPBACK);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
