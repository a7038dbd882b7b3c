import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { type Bus, inProcessBus } from '../../server/bus.ts';
import { acting, closeDb, type Db, openDb } from '../../server/db/open.ts';
import { create } from '../../server/domain/campaigns/create.ts';
import { review } from '../../server/domain/campaigns/review.ts';
import { type Stories, stories } from '../../server/domain/campaigns/stories.ts';
import { submit } from '../../server/domain/campaigns/submit.ts';
import { pledge } from '../../server/domain/donations/pledge.ts';
import { midtrans } from '../../server/domain/gateways/midtrans.ts';
import { findBreaks } from '../../server/domain/ledger/check.ts';
import type { StaffRole } from '../../server/protocol/accounts.ts';
import type { DonationRequest } from '../../server/protocol/donations.ts';
import { type News, userFeed } from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import { simulator } from '../../simulator/app.ts';
import { type FreshDatabase, freshDatabase } from './database.ts';

export const SERVER_KEY = 'SB-Mid-server-test-house';
const MERCHANT = 'G000000001';

/** A database of its own, a bus whose news is kept, and a Midtrans that listens: the house without its doors. */
export async function openHouse({
  notifyUrl = 'http://127.0.0.1:9/none',
  on,
}: {
  notifyUrl?: string;
  on?: FreshDatabase;
} = {}) {
  const database = on ?? (await freshDatabase());
  const db = openDb({ url: database.appUrl, max: 10, name: 'test' });
  const faults: unknown[] = [];
  const bus: Bus = inProcessBus({ onFault: (fault) => faults.push(fault) });
  const heard: News[] = [];
  bus.subscribe((news) => heard.push(news));
  const web = await listen(createServer());
  const simulated = simulator({
    publicUrl: web.url,
    midtrans: { serverKey: SERVER_KEY, merchantId: MERCHANT, notifyUrl },
    log: () => {},
  });
  web.server.on('request', simulated.app);
  const gateways = {
    midtrans: midtrans({
      serverKey: SERVER_KEY,
      snapUrl: `${web.url}/midtrans/snap/v1`,
      coreUrl: `${web.url}/midtrans`,
    }),
  };
  return {
    database,
    db,
    bus,
    heard,
    faults,
    gateways,
    simulatorUrl: web.url,
    async close() {
      web.server.close();
      await simulated.close();
      web.server.closeAllConnections();
      await closeDb(db);
      await database.drop();
    },
  };
}
export type TestHouse = Awaited<ReturnType<typeof openHouse>>;

export async function listen(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A user as registering makes one, without the wait for a password's hash. */
export async function person(db: Db, name: string, ...roles: StaffRole[]) {
  const id = uuidv7();
  await acting(db, 'system', 'test.person', async (tx) => {
    await tx.users.insert({
      id,
      email: `${name}-${id.slice(-6)}@example.org`.toLowerCase(),
      name,
      passwordHash: 'x',
    });
    if (roles.length > 0) await tx.users.setRoles(id, roles);
    await tx.feeds.open([userFeed(id)]);
  });
  return { kind: 'user' as const, userId: id, roles, family: uuidv7(), expiresAt: Date.now() + 600_000 };
}

/** A live campaign that went the whole way: draft, submitted, approved by somebody else. */
export async function liveCampaign(
  house: Pick<TestHouse, 'db' | 'bus'> & { stories?: Stories },
  { goal = 10_000_000, title = 'Jembatan untuk anak sekolah' } = {},
) {
  const { db, bus } = house;
  const now = () => new Date();
  const rendering = house.stories ?? stories();
  const owner = await person(db, 'Budi');
  const moderator = await person(db, 'Citra', 'moderator');
  const endsOn = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  const id = await create({ db, bus, now, stories: rendering }, owner, {
    title,
    story: 'Anak-anak menyeberang sungai setiap pagi untuk sampai ke sekolah mereka.',
    category: 'pendidikan',
    goal: rupiah(goal),
    endsOn,
    timezone: 'Asia/Makassar',
    beneficiary: 'Warga Dusun Lasori',
  });
  if (rendering !== house.stories) await rendering.close();
  await submit({ db, bus, now }, owner, id);
  await review({ db, bus, now }, moderator, id, { decision: 'approve', note: '' });
  return { id, owner, moderator };
}

/** Pledges a gift at the simulator and gives its reference there. */
export async function pledged(
  house: TestHouse,
  campaignId: string,
  request: Partial<DonationRequest> & { amount?: number } = {},
) {
  const { amount = 50_000, ...rest } = request;
  const donationId = uuidv7();
  const made = await pledge(
    {
      ...house,
      judge: async () => ({ decision: 'allow', reasons: [] }),
      pageOf: (id) => `http://127.0.0.1/d/${id}`,
      now: () => new Date(),
      onFault: (fault) => house.faults.push(fault),
    },
    {
      donationId,
      campaignId,
      request: { gift: rupiah(amount), method: 'qris', ...rest },
      principal: { kind: 'guest' },
      caller: { address: '192.0.2.7', network: '192.0.2.7/32', device: null },
    },
  );
  const payment = await house.db.payments.latestOf(donationId);
  if (!payment) throw new Error('no payment');
  return {
    donationId,
    reference: payment.reference,
    amountMinor: payment.amount_minor,
    payment: made.payment,
  };
}

/** Many gifts, no more at a time than the pool has connections. */
export async function pledgedMany(house: TestHouse, campaignId: string, count: number) {
  const gifts: Awaited<ReturnType<typeof pledged>>[] = [];
  while (gifts.length < count) {
    const some = Math.min(PLEDGES_AT_ONCE, count - gifts.length);
    gifts.push(...(await Promise.all(Array.from({ length: some }, () => pledged(house, campaignId)))));
  }
  return gifts;
}
const PLEDGES_AT_ONCE = 8;

/** After every money test: each check of the books returns nothing. */
export async function expectBalancedBooks(db: Db): Promise<void> {
  const breaks = await findBreaks(db);
  if (breaks.length > 0) {
    const say = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
    throw new Error(`the books are broken: ${JSON.stringify(breaks, say)}`);
  }
}
