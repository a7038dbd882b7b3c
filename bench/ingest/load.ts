import { connect, type Socket } from 'node:net';
import { notification, type OpenPayment } from './notification.ts';

/**
 * Plays the gateway, in a process of its own so that its work is not counted as the server's: keeps a number of
 * connections busy, each sending its next notification when the last one is answered. A bare socket and requests that
 * are made before the clock starts, because both processes share the machine: node:http cost a third of a core here.
 */

export type Orders = {
  port: number;
  path: string;
  connections: number;
  /** The run ends after this long, or when every payment has been notified. */
  ms: number;
  serverKey: string;
  payments: OpenPayment[];
};

/**
 * `sent` counts from the first of the payments on; each was answered with 200 unless counted in `refused`, at most `again`
 * of them at a later try.
 */
export type Load = {
  sent: number;
  again: number;
  seconds: number;
  refused: Record<string, number>;
  p50_ms: number;
  p99_ms: number;
};

/** A gateway that is told 503 comes again. */
const AGAIN_MS = 100;
const HEAD_END = '\r\n\r\n';
const LENGTH = 'content-length: ';

function request(orders: Orders, payment: OpenPayment): Buffer {
  const body = notification(payment, orders.serverKey);
  const head = [
    `POST ${orders.path} HTTP/1.1`,
    `Host: 127.0.0.1:${orders.port}`,
    'User-Agent: Veritrans',
    'Accept: application/json',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n') + HEAD_END), body]);
}

async function run(orders: Orders): Promise<Load> {
  const requests = orders.payments.map((payment) => request(orders, payment));
  const sockets = await Promise.all(Array.from({ length: orders.connections }, () => open(orders.port)));
  const refused: Record<string, number> = {};
  const latencies: number[] = [];
  let sent = 0;
  let again = 0;

  const started = performance.now();
  await Promise.all(
    sockets.map(async (socket) => {
      const answers = answersOf(socket);
      for (
        let next = requests[sent];
        next && performance.now() - started < orders.ms;
        next = requests[sent]
      ) {
        sent += 1;
        const asked = performance.now();
        socket.write(next);
        let status = await answers.next();
        while (status === '503') {
          again += 1;
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
          socket.write(next);
          status = await answers.next();
        }
        latencies.push(performance.now() - asked);
        if (status !== '200') refused[status] = (refused[status] ?? 0) + 1;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  for (const socket of sockets) socket.destroy();

  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { sent, again, seconds, refused, p50_ms: at(0.5), p99_ms: at(0.99) };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The status of each answer, one after the other: a request is only sent when the one before is answered. */
function answersOf(socket: Socket): { next(): Promise<string> } {
  let received = '';
  let answer: (status: string) => void = () => {};
  let fail: (fault: Error) => void = () => {};
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf(HEAD_END);
    if (end < 0) return;
    const length = received.slice(0, end).toLowerCase().indexOf(LENGTH);
    if (length < 0) return fail(new Error('an answer without a length'));
    const bodyBytes = Number.parseInt(received.slice(length + LENGTH.length), 10);
    if (received.length < end + HEAD_END.length + bodyBytes) return;
    const status = received.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3);
    received = '';
    answer(status);
  });
  socket.on('close', () => fail(new Error('the server closed a connection')));
  return {
    next: () =>
      new Promise((resolve, reject) => {
        answer = resolve;
        fail = reject;
      }),
  };
}

process.on('message', (orders: Orders) => {
  run(orders).then(
    (load) => process.send?.(load),
    (fault) => {
      console.error(fault);
      process.exit(1);
    },
  );
});
