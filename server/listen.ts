import { createServer, type RequestListener, type Server } from 'node:http';
import type { Closing } from './closing.ts';

/** Connections that are idle are closed by us last, after any proxy in front has given them up. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;
const SWEEP_MS = 50;

/** An HTTP server with bounds on how slowly somebody may speak to it; not listening yet. */
export function httpServer(answer: RequestListener): Server {
  const server = createServer(answer);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS_MAX;
  server.requestTimeout = REQUEST_MS_MAX;
  return server;
}

/** Listens until closing, which takes no new connection and answers what is in flight. */
export async function listen(
  server: Server,
  { port, host, closing }: { port: number; host?: string; closing: Closing },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken. Choose another one: PORT=${port + 10} npm start`)
          : error,
      ),
    );
    server.listen({ port, ...(host ? { host } : {}) }, resolve);
  });
  closing.add('http', () => closeServer(server));
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A connection whose last answer is still on its way only becomes idle, and a candidate for closing, after it.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}
