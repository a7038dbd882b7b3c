import { inProcessBus } from '../../server/bus.ts';
import { closeDb, openDb } from '../../server/db/open.ts';
import { receiver } from '../../server/domain/donations/receive.ts';
import type { Notice } from '../../server/domain/gateways/gateway.ts';

// A second process that receives the notices it reads from its standard input and prints what became of each.
const db = openDb({ url: process.env.ELSEWHERE_URL ?? '', max: 4, name: 'elsewhere' });
await db.one('select 1 as ok');
const { receive } = receiver({
  db,
  bus: inProcessBus({ onFault: console.error }),
  ask: () => {},
  batchMax: 11,
});
process.stdout.write('ready\n');
let text = '';
for await (const chunk of process.stdin) text += chunk;
const notices = JSON.parse(text, (key, value: unknown) => {
  if (key === 'rawBody') return Buffer.from(String(value), 'base64');
  if (key === 'at') return new Date(String(value));
  return typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}) as Notice[];
process.stdout.write(JSON.stringify(await receive(notices)));
await closeDb(db);
