import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Stands between a process and the server it talks to. `hear` sees what the server says before it is passed on; once
 * it answers false nothing more gets through to anybody, as if the cable had been cut there.
 */
export async function tcpProxy(target: { host: string; port: number }) {
  let hear: (chunk: Buffer, sent: Buffer) => boolean = () => true;
  let ask: (chunk: Buffer, from: Socket) => void = () => {};
  let isCut = false;
  const sockets = new Set<Socket>();
  let delayMs = 0;
  /** What is said is passed on after a while, in its order. */
  const pass = (to: Socket, chunk: Buffer): void => {
    if (delayMs === 0) to.write(chunk);
    else setTimeout(() => to.destroyed || to.write(chunk), delayMs);
  };
  /** Connections that stand and through which nothing comes any more. */
  const stalled = new WeakSet<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    let sent = Buffer.alloc(0);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk) => {
      sent = chunk;
      ask(chunk, near);
      if (!isCut && !stalled.has(near)) pass(far, chunk);
    });
    far.on('data', (chunk) => {
      isCut ||= !hear(chunk, sent);
      if (!isCut && !stalled.has(near)) pass(near, chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    onAnswer(listen: typeof hear): void {
      hear = listen;
    },
    /** Hears what the process says, and over which connection. */
    onQuestion(listen: typeof ask): void {
      ask = listen;
    },
    get isCut(): boolean {
      return isCut;
    },
    /** As `onAnswer` that is false, at once: nothing gets through to anybody, and nobody is told. */
    cut(): void {
      isCut = true;
    },
    /** Where the server is now, for what connects from now on. */
    retarget(port: number): void {
      target.port = port;
    },
    /** From now on everything takes so much longer, each way. */
    slow(ms: number): void {
      delayMs = ms;
    },
    /** Nothing gets through what is connected now, and nobody is told; what connects later gets through. */
    stall(): void {
      for (const socket of sockets) stalled.add(socket);
    },
    /** What connects from now on gets through again; what stood when it was cut stays dead, and nobody is told. */
    mendForNew(): void {
      this.stall();
      isCut = false;
      hear = () => true;
    },
    mend(): void {
      isCut = false;
      hear = () => true;
      for (const socket of sockets) socket.destroy();
    },
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
