import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { connect } from '../../client/src/feed.ts';
import type { StaffRole } from '../../server/protocol/accounts.ts';
import type { DonationCreated, DonationView } from '../../server/protocol/donations.ts';
import type { News } from '../../server/protocol/feeds.ts';
import type { Problem } from '../../server/protocol/problems.ts';
import { holdNews } from './messages.ts';
import type { TestPlatform } from './platform.ts';
import { until } from './until.ts';

/** `body` and `problem` are the same answer, read as what was hoped for and as a refusal. */
export type Answer<T> = { status: number; headers: Headers; body: T; problem: Problem };
type Call = { body?: unknown; headers?: Record<string, string>; token?: string | undefined };
type Order = {
  order_id: string;
  status: string;
  amount: number;
  notifications: { status: string; delivered: boolean; http_status: number | null }[];
};

/** What somebody outside can do with the platform: call it, watch it, and pay at the simulated gateway. */
export function visitor(platform: TestPlatform) {
  const { url, simulatorUrl, house, log } = platform;
  /** What went to the log as our own fault, and all news that was published. */
  const faults: { where: string; fault: unknown }[] = [];
  log.fault = (where, fault) => void faults.push({ where, fault });
  const heard: News[] = [];
  const unsubscribe = house.bus.subscribe((news) => {
    heard.push(news);
    holdNews(news);
  });
  const connections: { close(): void }[] = [];

  async function call<T>(method: string, path: string, { body, headers = {}, token }: Call = {}) {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
    const read: unknown = isJson ? JSON.parse(text) : text;
    const said: Answer<T> = {
      status: answer.status,
      headers: answer.headers,
      body: read as T,
      problem: read as Problem,
    };
    return said;
  }

  async function control(path: string, body: unknown): Promise<unknown> {
    const answer = await fetch(`${simulatorUrl}/_control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  async function orders(filter = ''): Promise<Order[]> {
    const answer = await fetch(`${simulatorUrl}/_control/transactions?limit=1000${filter}`);
    return ((await answer.json()) as { transactions: Order[] }).transactions;
  }

  const get = <T>(path: string, more: Call = {}) => call<T>('GET', path, more);
  const post = <T>(path: string, body: unknown, more: Call = {}) => call<T>('POST', path, { body, ...more });
  const seen = async (gift: { id: string; claimToken: string }): Promise<DonationView> => {
    const answer = await get<{ donation: DonationView }>(`/api/v1/donations/${gift.id}`, {
      headers: { 'x-claim-token': gift.claimToken },
    });
    if (answer.status !== 200) throw new Error(`the donation answered ${answer.status}`);
    return answer.body.donation;
  };

  return {
    faults,
    heard,
    call,
    get,
    post,
    /** A donation as its donor sees it. */
    seen,
    control,

    /** A gift as the page sends it, with a key of its own. */
    give: (campaignId: string, request: Record<string, unknown> = {}, more: Call = {}) =>
      post<DonationCreated>(
        `/api/v1/campaigns/${campaignId}/donations`,
        { gift: { amount: 50_000, currency: 'IDR' }, method: 'qris', ...request },
        { ...more, headers: { 'idempotency-key': randomUUID(), ...more.headers } },
      ),

    /** Gives, and knows the order at the gateway. Throws when the gift is refused. */
    async pledged(campaignId: string, request: Record<string, unknown> = {}, more: Call = {}) {
      const { status, body } = await this.give(campaignId, request, more);
      if (status !== 201) throw new Error(`the gift was answered ${status}: ${JSON.stringify(body)}`);
      const payment = await house.db.payments.latestOf(body.donation.id);
      if (!payment) throw new Error('no payment');
      const { reference } = payment;
      return { id: body.donation.id, claimToken: body.claimToken, reference, payment: body.payment };
    },

    /** Gives and pays, and waits until the platform has booked it. */
    async paid(campaignId: string, request: Record<string, unknown> = {}, more: Call = {}) {
      const gift = await this.pledged(campaignId, request, more);
      await this.act(gift.reference, 'pay');
      await until(async () => (await seen(gift)).status === 'paid', { what: 'the gift to be booked' });
      return gift;
    },

    /** An access token, without the wait for a password's hash. */
    tokenOf: ({ userId, roles = [] }: { userId: string; roles?: StaffRole[] }): string =>
      house.tokens.issue({ userId, roles, family: uuidv7(), at: new Date() }).accessToken,

    /** A watcher's connection. */
    connect(given: Parameters<typeof connect>[0] = {}) {
      const connection = connect({ url, ...given });
      connections.push(connection);
      return connection;
    },

    /** Does something to an order as its customer would: pay, fail, expire, cancel. */
    act: (orderId: string, action: string) => control('/pay', { orderId, action }),
    misbehave: (scenario: string, more: Record<string, unknown> = {}) =>
      control('', { gateway: 'midtrans', scenario, ...more }),
    orders,
    order: async (reference: string) => (await orders(`&orderId=${reference}`))[0],

    close(): void {
      unsubscribe();
      for (const connection of connections) connection.close();
    },
  };
}
export type Visitor = ReturnType<typeof visitor>;
