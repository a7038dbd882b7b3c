import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { CampaignPage, CampaignView } from '../server/protocol/campaigns.ts';
import type { DonationCreated, DonationRequest, DonationView } from '../server/protocol/donations.ts';
import { METHODS, type Method } from '../server/protocol/methods.ts';
import { rupiah } from '../server/protocol/money.ts';

/**
 * Donors for a running platform with simulated payments: each pledges through the public API and pays on the
 * simulator's page, as a person would. At the end the campaign's total must have moved by exactly what was paid.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '120' },
    campaign: { type: 'string' },
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const url = values.url.replace(/\/+$/, '');
if (!(rate > 0 && rate <= 1_000) || !(seconds > 0 && seconds <= 3_600)) {
  console.error(
    'usage: npm run simulate -- --rate 20 --seconds 120 [--campaign SLUG] [--url http://127.0.0.1:3000]',
  );
  process.exit(1);
}

/** Donors under way at a time; whoever comes beyond it waits, and the rate is then missed and said. */
const AT_ONCE_MAX = 200;
/** The last notices are given this long to come in. */
const SETTLE_MS_MAX = 30_000;
/** One in so many turns away on the gateway's page, and one in so many is declined there. */
const EXPIRE_EVERY = 40;
const FAIL_EVERY = 25;
const NAMES = [
  'Sri',
  'Wayan',
  'Yohana',
  'Asep',
  'Butet',
  'Daeng',
  'Ningsih',
  'Ucok',
  'Marlina',
  'Agus',
  'Nurul',
  'Bambang',
];
const WORDS = [
  'Semoga lekas selesai',
  'Sehat selalu',
  'Dari kami sekeluarga',
  'Amin',
  'Untuk adik-adik',
  'Semangat',
];
const AMOUNTS = [10_000, 20_000, 25_000, 50_000, 50_000, 75_000, 100_000, 150_000, 250_000, 500_000];
const OFFERED = METHODS.filter((method) => method !== 'linkaja');

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(`${url}/api/v1${path}`, init);
  if (!answer.ok)
    throw new Error(`${init?.method ?? 'GET'} ${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

const campaign = async (): Promise<CampaignView> => {
  const slug = values.campaign ?? (await call<CampaignPage>('/campaigns?limit=1')).items[0]?.slug;
  if (!slug) throw new Error('there is no live campaign to give to');
  return (await call<{ campaign: CampaignView }>(`/campaigns/${slug}`)).campaign;
};

const tally = { pledged: 0, paid: 0, amount: 0, turnedAway: 0, faults: 0 };
const waits: number[] = [];
const open = new Map<string, { token: string; gift: number }>();

async function donor(campaignId: string, index: number): Promise<void> {
  const started = performance.now();
  const gift = pick(AMOUNTS);
  const method: Method = pick(OFFERED);
  const anonymous = Math.random() < 0.25;
  const request: DonationRequest = {
    gift: rupiah(gift),
    ...(Math.random() < 0.3 ? { tip: rupiah(pick([2_000, 5_000, 10_000])) } : {}),
    donor: anonymous ? { anonymous } : { name: `${pick(NAMES)} ${pick(NAMES)}` },
    ...(Math.random() < 0.4 ? { message: pick(WORDS) } : {}),
    method,
    form: { elapsedMs: 20_000, website: '' },
  };
  const { donation, payment, claimToken } = await call<DonationCreated>(
    `/campaigns/${campaignId}/donations`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify(request),
    },
  );
  waits.push(performance.now() - started);
  tally.pledged += 1;
  const action = index % EXPIRE_EVERY === 7 ? 'expire' : index % FAIL_EVERY === 3 ? 'fail' : 'pay';
  const page = await fetch(payment.redirectUrl ?? '', {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: `action=${action}`,
  });
  if (!page.ok) throw new Error(`the payment page answered ${page.status}`);
  if (action === 'pay') {
    tally.paid += 1;
    tally.amount += gift;
    open.set(donation.id, { token: claimToken, gift });
  } else tally.turnedAway += 1;
}

const p95 = (): number => {
  const sorted = [...waits].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? 0);
};

const before = await campaign();
console.log(`${rate} gifts a second for ${seconds} s to ${url}/c/${before.slug}`);
const began = performance.now();
const underway = new Set<Promise<void>>();
let begun = 0;
let said = 0;
while (performance.now() - began < seconds * 1_000) {
  const due = Math.floor(((performance.now() - began) / 1_000) * rate);
  while (begun < due && underway.size < AT_ONCE_MAX) {
    const one: Promise<void> = donor(before.id, begun)
      .catch((fault: Error) => {
        tally.faults += 1;
        if (tally.faults <= 5) console.error(fault.message);
      })
      .finally(() => underway.delete(one));
    underway.add(one);
    begun += 1;
  }
  const second = Math.floor((performance.now() - began) / 1_000);
  if (second > said) {
    said = second;
    if (second % 5 === 0) {
      console.log(
        `${second} s: ${tally.pledged} pledged, ${tally.paid} paid, p95 ${p95()} ms, ${tally.faults} faults`,
      );
    }
  }
  await new Promise((next) => setTimeout(next, 5));
}
await Promise.all(underway);

// Each paid gift is looked up by its donor: paid means booked. Then the campaign's own total, read once.
for (const deadline = Date.now() + SETTLE_MS_MAX; open.size > 0 && Date.now() < deadline; ) {
  for (const [id, { token }] of open) {
    const { donation } = await call<{ donation: DonationView }>(`/donations/${id}`, {
      headers: { 'x-claim-token': token },
    });
    if (donation.status === 'paid') open.delete(id);
  }
}
const after = await campaign();
const moved = after.raised.amount - before.raised.amount;
const exact =
  moved === tally.amount && after.donorCount - before.donorCount === tally.paid && open.size === 0;
console.log(
  JSON.stringify({
    begun,
    ...tally,
    total_moved_by: moved,
    donors_moved_by: after.donorCount - before.donorCount,
    not_booked: open.size,
    pledge_p95_ms: p95(),
    exact,
  }),
);
process.exitCode = exact && tally.faults === 0 ? 0 : 1;
