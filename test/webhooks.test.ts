import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { acting, type Tx } from '../server/db/open.ts';
import { signature } from '../server/domain/gateways/midtrans.ts';
import { campaignFeed, FINANCE, type FinanceState } from '../server/protocol/feeds.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

const NOTICE_BYTES_MAX = 256 * 1024;

describe('a webhook', () => {
  let platform: TestPlatform;
  let outside: Visitor;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;

  before(async () => {
    platform = await startPlatform();
    outside = visitor(platform);
    campaign = await liveCampaign(platform.house);
  });
  after(async () => {
    outside.close();
    await platform.close();
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    const faults = outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`);
    expect(faults).to.deep.equal([]);
  });

  type Gift = Awaited<ReturnType<Visitor['pledged']>>;
  /** A notification as Midtrans sends it, signed unless told otherwise. */
  function notification({ reference }: { reference: string }, fields: Record<string, unknown> = {}): string {
    const said = {
      order_id: reference,
      transaction_id: `tx-${reference}`,
      transaction_status: 'settlement',
      status_code: '200',
      gross_amount: '50000.00',
      currency: 'IDR',
      transaction_time: '2026-11-23 20:15:00',
      payment_type: 'qris',
      ...fields,
    };
    const signature_key = signature(said, platform.config.midtrans.verifyKey);
    return JSON.stringify({ signature_key, ...said, ...fields });
  }
  const send = (body: string | Buffer, headers: Record<string, string> = {}, gateway = 'midtrans') =>
    fetch(`${platform.url}/webhooks/${gateway}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const codeOf = async (answer: Response): Promise<string> =>
    ((await answer.json()) as { code: string }).code;
  const raised = async (): Promise<bigint> =>
    (
      await platform.house.db.one(
        'select raised_minor from sk.campaign_totals where campaign_id = $1',
        campaign.id,
      )
    ).raised_minor;
  /** Notices are the system's alone. */
  const asSystem = <T>(read: (tx: Tx) => Promise<T>): Promise<T> =>
    acting(platform.house.db, 'system', 'test', read);
  const outcomesOf = async ({ reference }: { reference: string }): Promise<string[]> =>
    (
      await asSystem((tx) =>
        tx.any<{ outcome: string }>(
          'select outcome from sk.notices where reference = $1 order by id',
          reference,
        ),
      )
    ).map(({ outcome }) => outcome);
  const notices = async (): Promise<number> =>
    (await asSystem((tx) => tx.one('select count(*)::int as n from sk.notices'))).n;
  const statusOf = async (gift: Gift): Promise<string> => (await outside.seen(gift)).status;
  const quarantined = async (): Promise<FinanceState['quarantined']> => {
    const dewi = await person(platform.house.db, 'Dewi', 'finance');
    const { body } = await outside.get<{ state: FinanceState }>(`/api/v1/feeds/${FINANCE}/events`, {
      token: outside.tokenOf(dewi),
    });
    return body.state.quarantined;
  };

  it('is answered after it is booked', async () => {
    const gift = await outside.pledged(campaign.id);
    const answer = await send(notification(gift));
    expect(await statusOf(gift)).to.equal('paid');
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.match(/^application\/json/);
    expect(await answer.json()).to.deep.equal({ status: 'ok' });
  });

  it('is kept as it came, byte for byte', async () => {
    const gift = await outside.pledged(campaign.id);
    const body = `  ${notification(gift)}\n`;
    await send(body, { 'content-type': 'text/plain' });
    const { raw_body } = await asSystem((tx) =>
      tx.one('select raw_body from sk.notices where reference = $1', gift.reference),
    );
    expect(raw_body.toString()).to.equal(body);
  });

  for (const [how, deliver] of [
    [
      'one after the other',
      async (bodies: string[]) => {
        const answers: Response[] = [];
        for (const body of bodies) answers.push(await send(body));
        return answers;
      },
    ],
    ['at once', (bodies: string[]) => Promise.all(bodies.map((body) => send(body)))],
  ] as const) {
    it(`that comes ten times ${how} changes nothing more than once`, async () => {
      const gift = await outside.pledged(campaign.id);
      const before = { raised: await raised(), notices: await notices() };
      const { head } = (await platform.house.db.feeds.head(campaignFeed(campaign.id))) ?? { head: 0 };
      const answers = await deliver(Array.from({ length: 10 }, () => notification(gift)));
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(10).fill(200));
      expect(await raised()).to.equal(before.raised + 50_000n);
      expect(await notices()).to.equal(before.notices + 1);
      expect((await platform.house.db.feeds.head(campaignFeed(campaign.id)))?.head).to.equal(head + 1);
    });
  }

  for (const scenario of ['duplicate', 'duplicate-parallel']) {
    it(`that the simulator repeats (${scenario}) is booked once`, async () => {
      const before = await raised();
      const gift = await outside.pledged(campaign.id);
      await outside.misbehave(scenario, { orderId: gift.reference, times: 10 });
      await outside.act(gift.reference, 'pay');
      await until(async () => {
        const order = await outside.order(gift.reference);
        return order?.notifications.length === 2 && order.notifications.every(({ delivered }) => delivered);
      });
      await until(async () => (await statusOf(gift)) === 'paid');
      expect(await raised()).to.equal(before + 50_000n);
      expect(await outcomesOf(gift)).to.deep.equal(['ignored', 'booked']);
    });
  }

  it('that comes before the one it follows wins: a settlement, then its pending', async () => {
    const before = await raised();
    const gift = await outside.pledged(campaign.id);
    await outside.misbehave('disorder', { orderId: gift.reference });
    await outside.act(gift.reference, 'pay');
    await until(async () => (await outcomesOf(gift)).length === 2);
    expect(await outcomesOf(gift)).to.deep.equal(['booked', 'ignored']);
    expect(await statusOf(gift)).to.equal('paid');
    expect(await raised()).to.equal(before + 50_000n);
  });

  it('finds its payment also while the gateway’s answer to the order is still on its way', async () => {
    await outside.misbehave('timeout', { call: 'create', ms: 1_000 });
    const giving = outside.give(campaign.id);
    const reference = await until(async () => {
      const row = await platform.house.db.oneOrNone<{ reference: string }>(
        `select reference from sk.payments where redirect_url is null and status = 'created' and campaign_id = $1`,
        campaign.id,
      );
      return row?.reference;
    });
    await until(() => outside.order(reference));
    await outside.act(reference, 'pay');
    await until(
      async () =>
        (await platform.house.db.payments.byReference({ gateway: 'midtrans', reference }))?.status === 'paid',
    );
    const { status, body } = await giving;
    expect(status).to.equal(201);
    expect(body.payment.status).to.equal('paid');
    expect(await statusOf({ ...body, id: body.donation.id } as never)).to.equal('paid');
  });

  it('that was lost comes again and is booked then', async () => {
    const gift = await outside.pledged(campaign.id);
    await outside.misbehave('loss', { orderId: gift.reference });
    await outside.act(gift.reference, 'pay');
    await until(async () => (await statusOf(gift)) === 'paid');
  });

  describe('is kept for a person, booked nowhere, and finance is told,', () => {
    const cases: [string, Record<string, unknown>, RegExp][] = [
      [
        'when it is about another amount',
        { gross_amount: '49999.00' },
        /says IDR 49999, asked were IDR 50000/,
      ],
      ['when it is about a hundred times as much', { gross_amount: '5000000.00' }, /says IDR 5000000/],
      ['when it is about another currency', { currency: 'USD' }, /says USD 50000/],
      ['when its amount is no whole rupiah', { gross_amount: '50000.50' }, /not in whole rupiah/],
      [
        'when it is about an order that we never made',
        { order_id: 'SKNEVERMADE0' },
        /no payment has this reference/,
      ],
      ['when it has a field that we cannot read', { transaction_time: 5 }, /cannot read/],
    ];
    for (const [what, fields, reason] of cases) {
      it(what, async () => {
        const gift = await outside.pledged(campaign.id);
        const before = await raised();
        const reference = String(fields.order_id ?? gift.reference);
        const answer = await send(notification({ reference }, fields));
        expect(answer.status).to.equal(200);
        expect(await statusOf(gift)).to.equal('pending');
        expect(await raised()).to.equal(before);
        expect(await outcomesOf({ reference })).to.deep.equal(['quarantined']);
        const [waiting] = (await quarantined()).filter((one) => one.reference === reference);
        expect(waiting?.reason).to.match(reason);
        await until(() =>
          outside.heard.some(
            ({ feed, events }) =>
              feed === FINANCE &&
              events.some(({ data }) => (data as { reference: string }).reference === reference),
          ),
        );
        // The real one that follows is booked all the same.
        await send(notification(gift));
        expect(await statusOf(gift)).to.equal('paid');
      });
    }

    it('when it is about a refund that does not say of how much, whose payment counts all the same', async () => {
      const gift = await outside.pledged(campaign.id);
      expect((await send(notification(gift, { transaction_status: 'refund' }))).status).to.equal(200);
      expect(await statusOf(gift)).to.equal('paid');
      expect(await outcomesOf(gift)).to.have.members(['booked', 'quarantined']);
    });
  });

  it('that denies what is paid is asked about, and believed only if the gateway says so again', async () => {
    const gift = await outside.paid(campaign.id);
    const before = await raised();
    for (const [transaction_status, status_code] of [
      ['deny', '202'],
      ['expire', '202'],
      ['cancel', '200'],
    ])
      await send(
        notification(gift, {
          transaction_status,
          status_code,
          transaction_id: `again-${transaction_status}`,
        }),
      );
    // Three doubts, and the gateway's answer to each: it is paid.
    await until(async () => (await outcomesOf(gift)).filter((one) => one === 'ignored').length >= 3);
    expect((await outcomesOf(gift)).filter((one) => one === 'noted')).to.have.length(3);
    expect(await statusOf(gift)).to.equal('paid');
    expect(await raised()).to.equal(before);
  });

  describe('is refused and not kept', () => {
    const refused = async (answer: Response, status: number, code: string): Promise<void> => {
      expect(answer.status).to.equal(status);
      expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
      expect(await codeOf(answer)).to.equal(code);
    };

    it('with a signature that is not the gateway’s', async () => {
      const gift = await outside.pledged(campaign.id);
      const before = await notices();
      await refused(await send(notification(gift, { signature_key: '0'.repeat(128) })), 403, 'forbidden');
      const { signature_key: _, ...unsigned } = JSON.parse(notification(gift));
      await refused(await send(JSON.stringify(unsigned)), 403, 'forbidden');
      expect(await statusOf(gift)).to.equal('pending');
      expect(await notices()).to.equal(before);
    });

    it('for a gateway that we do not have, whatever it is called', async () => {
      for (const gateway of [
        'xendit',
        'toString',
        '__proto__',
        'constructor',
        '..%2Fmidtrans',
        '%00',
        'MIDTRANS',
      ])
        await refused(await send('{}', {}, gateway), 404, 'not-found');
      for (const path of ['/webhooks', '/webhooks/midtrans', '/webhooks/midtrans/more'])
        await refused(await fetch(`${platform.url}${path}`), 404, 'not-found');
    });

    it('when it is garbage', async () => {
      const before = await notices();
      for (const body of ['', '{', 'null', '[]', '{"order_id":1}', '\u0000'.repeat(100), '['.repeat(100_000)])
        expect((await send(body)).status, body.slice(0, 20)).to.equal(400);
      expect((await send(Buffer.from([0xff, 0xfe, 0x00, 0xd8]))).status).to.equal(400);
      expect(await notices()).to.equal(before);
    });

    it('when it is too large, or packed, as no gateway does', async () => {
      await refused(await send('x'.repeat(NOTICE_BYTES_MAX + 1)), 413, 'too-large');
      const packed = gzipSync('x'.repeat(50 * NOTICE_BYTES_MAX));
      await refused(await send(packed, { 'content-encoding': 'gzip' }), 415, 'unsupported-media');
    });

    it('but not when it is as large as may be', async () => {
      const gift = await outside.pledged(campaign.id);
      const bare = notification(gift, { note: '' }).length;
      const body = notification(gift, { note: 'x'.repeat(NOTICE_BYTES_MAX - bare) });
      expect(body.length).to.equal(NOTICE_BYTES_MAX);
      expect((await send(body)).status).to.equal(200);
      expect(await statusOf(gift)).to.equal('paid');
    });
  });

  describe('whose sender goes away', () => {
    const port = (): number => Number(new URL(platform.url).port);
    /** Writes `text` and hangs up. */
    const halfSend = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const socket = connect(port(), '127.0.0.1', () => {
          socket.write(text, () => {
            socket.destroy();
            resolve();
          });
        });
        socket.once('error', reject);
      });
    const head = (length: number, chunked = false): string =>
      `POST /webhooks/midtrans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${
        chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
      }\r\n\r\n`;

    it('in the middle of the body books nothing, and harms nobody', async () => {
      const gift = await outside.pledged(campaign.id);
      const before = await notices();
      const body = notification(gift);
      for (const cut of [0, 1, body.length >> 1, body.length - 1])
        await halfSend(head(body.length) + body.slice(0, cut));
      await halfSend(`${head(0, true)}10\r\n{"order_id":"SK0`);
      await halfSend('POST /webhooks/midtr');
      expect((await send(body)).status).to.equal(200);
      expect(await statusOf(gift)).to.equal('paid');
      expect(await notices()).to.equal(before + 1);
    });

    it('before the answer is booked all the same', async () => {
      const gift = await outside.pledged(campaign.id);
      const body = notification(gift);
      await halfSend(head(body.length) + body);
      await until(async () => (await statusOf(gift)) === 'paid');
    });
  });

  it('is asked about by the id of its own try, where one order was tried twice on the gateway’s page', async () => {
    const gift = await outside.pledged(campaign.id);
    await send(
      notification(gift, { transaction_status: 'deny', status_code: '202', transaction_id: 'first' }),
    );
    expect(await statusOf(gift)).to.equal('failed');
    await send(notification(gift, { transaction_id: 'second' }));
    const payment = await platform.house.db.payments.latestOf(gift.id);
    expect(payment).to.include({ status: 'failed', gateway_transaction_id: 'second' });
    // The simulator knows of neither, so a person is asked.
    await until(async () => (await quarantined()).some(({ reference }) => reference === gift.reference));
  });

  it('names in the inbox nobody but the gateway: the same bytes again are the same notice', async () => {
    const gift = await outside.pledged(campaign.id);
    const odd = notification(gift, { transaction_time: 5 });
    await send(odd);
    await send(odd);
    expect(await outcomesOf(gift)).to.deep.equal(['quarantined']);
    const { dedupe_key } = await asSystem((tx) =>
      tx.one('select dedupe_key from sk.notices where reference = $1', gift.reference),
    );
    expect(dedupe_key).to.equal(`unreadable|${createHash('sha256').update(odd).digest('hex')}`);
  });

  it('is counted by what became of it, and its money once', async () => {
    const look = async () => (await fetch(`${platform.url}/metrics`)).text();
    const moneyIn = (metrics: string) =>
      Number(/^sk_money_in_rupiah_total\{gateway="midtrans"\} (\d+)$/m.exec(metrics)?.[1]);
    const before = moneyIn(await look());
    const gift = await outside.pledged(campaign.id);
    await send(notification(gift));
    await send(notification(gift));
    const metrics = await look();
    expect(moneyIn(metrics)).to.equal(before + 50_000);
    expect(metrics).to.match(/sk_notices_total\{gateway="midtrans",outcome="booked"\} \d+/);
    expect(metrics).to.match(/sk_notices_total\{gateway="midtrans",outcome="duplicate"\} \d+/);
    expect(metrics).to.match(/sk_batch_notices_count \d+/);
    expect(metrics).not.to.include(gift.reference);
  });
});
