import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import {
  GatewayFault,
  type Notice,
  type Order,
  type PaymentWord,
} from '../server/domain/gateways/gateway.ts';
import { midtrans, signature } from '../server/domain/gateways/midtrans.ts';
import { Refusal } from '../server/domain/refusal.ts';
import type { PaymentStatus } from '../server/protocol/donations.ts';
import { listen, openHouse, SERVER_KEY, type TestHouse } from './support/house.ts';
import { until } from './support/until.ts';

/** Far more than an adapter may read of one answer, with what the buffers of two sockets hold. */
const ENOUGH_BYTES = 64 * 1024 * 1024;
const VERIFY_KEY = 'another key, only for notifications';
const adapter = (more: Partial<Parameters<typeof midtrans>[0]> = {}) =>
  midtrans({
    serverKey: SERVER_KEY,
    snapUrl: 'http://127.0.0.1:9/snap/v1',
    coreUrl: 'http://127.0.0.1:9',
    now: () => new Date('2026-11-23T00:00:00Z'),
    ...more,
  });

/** A notification's body, signed unless told otherwise. */
function body(fields: Record<string, unknown> = {}, key = SERVER_KEY): Record<string, unknown> {
  const said = {
    transaction_time: '2026-11-23 20:15:00',
    transaction_status: 'settlement',
    transaction_id: '57d5293c-e65f-4a29-95e4-5959c3fa335b',
    status_message: 'midtrans payment notification',
    status_code: '200',
    payment_type: 'qris',
    order_id: 'SK0123456789',
    merchant_id: 'G000000001',
    gross_amount: '10000.00',
    fraud_status: 'accept',
    currency: 'IDR',
    ...fields,
  };
  const signed = `${said.order_id}${said.status_code}${said.gross_amount}${key}`;
  return { signature_key: createHash('sha512').update(signed).digest('hex'), ...said };
}

const read = (said: unknown, gateway = adapter()): Notice => {
  const rawBody = Buffer.isBuffer(said) ? said : Buffer.from(JSON.stringify(said));
  const [notice, ...more] = gateway.read({ rawBody, headers: {}, path: '/webhooks/midtrans' });
  if (!notice || more.length > 0) throw new Error('not one notice');
  return notice;
};
function word(said: unknown, gateway = adapter()): PaymentWord {
  const notice = read(said, gateway);
  if (notice.kind !== 'payment') throw new Error(`a ${notice.kind}`);
  return notice.word;
}
function refusal(said: unknown, gateway = adapter()): string {
  try {
    read(said, gateway);
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'read';
}

describe('what Midtrans says', () => {
  describe('is believed', () => {
    it('by the signature that three independent implementations agree on', () => {
      expect(
        signature(
          { order_id: '1111', status_code: '200', gross_amount: '100000.00' },
          'askvnoibnosifnboseofinbofinfgbiufglnbfg',
        ),
      ).to.equal(
        'edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231',
      );
    });

    it('in either case of its hexadecimal digits', () => {
      const said = body();
      said.signature_key = String(said.signature_key).toUpperCase();
      expect(word(said).status).to.equal('paid');
    });

    it('by the key for notifications, where there is one of its own', () => {
      const gateway = adapter({ verifyKey: VERIFY_KEY });
      expect(word(body({}, VERIFY_KEY), gateway).status).to.equal('paid');
      expect(refusal(body(), gateway)).to.equal('forbidden');
    });

    it('not with a wrong, a cut, an empty or a missing signature', () => {
      const right = String(body().signature_key);
      for (const signature_key of [
        right.replace(/^./, (c) => (c === '0' ? '1' : '0')),
        right.slice(0, -1),
        `${right}0`,
        'é'.repeat(64),
      ]) {
        expect(refusal(body({ signature_key })), signature_key).to.equal('forbidden');
      }
      const { signature_key: _, ...unsigned } = body();
      expect(refusal(unsigned)).to.equal('forbidden');
      expect(refusal(body({ signature_key: '' }))).to.equal('invalid-input');
    });

    it('not when a signed field was changed', () => {
      const { signature_key } = body();
      for (const change of [
        { order_id: 'SK0123456788' },
        { status_code: '201' },
        { gross_amount: '10000.0' },
      ]) {
        expect(refusal(body({ ...change, signature_key }))).to.equal('forbidden');
      }
    });

    it('not when it is meant for another merchant', () => {
      const gateway = adapter({ merchantId: 'G000000001' });
      expect(refusal(body(), gateway)).to.equal('read');
      expect(refusal(body({ merchant_id: 'G999999999' }), gateway)).to.equal('forbidden');
    });

    it('not when it is no notification at all', () => {
      expect(refusal(Buffer.from('{'))).to.equal('bad-request');
      expect(refusal(Buffer.alloc(0))).to.equal('bad-request');
      expect(refusal(Buffer.from('['.repeat(100_000)))).to.equal('bad-request');
      for (const said of [
        null,
        1,
        'text',
        [],
        {},
        [body()],
        { ...body(), order_id: 7 },
        { ...body(), gross_amount: 1e4 },
      ])
        expect(refusal(said), JSON.stringify(said)).to.equal('invalid-input');
    });
  });

  describe('of a payment', () => {
    const table: [Record<string, unknown>, PaymentStatus][] = [
      [{ transaction_status: 'settlement' }, 'paid'],
      [{ transaction_status: 'SETTLEMENT' }, 'paid'],
      [{ transaction_status: 'settlement', fraud_status: undefined }, 'paid'],
      [{ transaction_status: 'capture' }, 'paid'],
      // What is only said, or not yet accepted, is not paid.
      [{ transaction_status: 'capture', fraud_status: 'challenge' }, 'pending'],
      [{ transaction_status: 'capture', fraud_status: 'challenge', status_code: '201' }, 'pending'],
      [{ transaction_status: 'capture', fraud_status: 'deny' }, 'pending'],
      [{ transaction_status: 'settlement', status_code: '201' }, 'pending'],
      [{ transaction_status: 'settlement', status_code: '202' }, 'pending'],
      [{ transaction_status: 'pending', status_code: '201' }, 'pending'],
      [{ transaction_status: 'PENDING', status_code: '200' }, 'pending'],
      [{ transaction_status: 'authorize', status_code: '201' }, 'authorized'],
      [{ transaction_status: 'deny', status_code: '202' }, 'failed'],
      [{ transaction_status: 'failure', status_code: '202' }, 'failed'],
      [{ transaction_status: 'expire', status_code: '202' }, 'expired'],
      [{ transaction_status: 'expire', status_code: '407' }, 'expired'],
      [{ transaction_status: 'cancel', status_code: '200' }, 'cancelled'],
    ];
    for (const [fields, status] of table) {
      it(`means ${status} with ${JSON.stringify(fields)}`, () => {
        expect(word(body(fields)).status).to.equal(status);
      });
    }

    it('is in whole rupiah, never rounded', () => {
      expect(word(body({ gross_amount: '10000.00' })).amountMinor).to.equal(10_000n);
      expect(word(body({ gross_amount: '10000' })).amountMinor).to.equal(10_000n);
      expect(word(body({ gross_amount: '10000.0' })).amountMinor).to.equal(10_000n);
    });

    it('is kept for a person where the amount cannot be read, instead of being refused for ever', () => {
      for (const gross_amount of [
        '10000.50',
        '1e4',
        '-10000.00',
        '10,000',
        ' 10000.00',
        '10000.000',
        '0x2710',
      ]) {
        const notice = read(body({ gross_amount }));
        expect(notice.kind, gross_amount).to.equal('other');
        expect(notice).to.include({ reference: 'SK0123456789' });
      }
    });

    it('is kept for a person where a field is not what it should be, if Midtrans signed it', () => {
      for (const fields of [
        { transaction_status: null },
        { transaction_status: undefined },
        { transaction_time: 5 },
        { refunds: [null] },
        { metadata: 'text' },
        { order_id: 'x'.repeat(60) },
      ]) {
        expect(read(body(fields)).kind, JSON.stringify(fields)).to.equal('other');
        expect(refusal({ ...body(fields), signature_key: 'no' })).to.equal('forbidden');
      }
      // Two that differ are two; the same again is the same.
      const keys = [{ transaction_time: 5 }, { transaction_time: 6 }, { transaction_time: 5 }].map(
        (fields) => read(body(fields)).dedupeKey,
      );
      expect(keys[0]).to.equal(keys[2]);
      expect(keys[0]).not.to.equal(keys[1]);
    });

    it('is the amount that we asked for where Midtrans lays its fee on the donor', () => {
      const gross_amount_info = {
        original_amount: '10000.00',
        gross_amount: '14440.00',
        customer_imposed_payment_fee: '4440.00',
      };
      const said = body({ gross_amount: '14440.00', metadata: { extra_info: { gross_amount_info } } });
      expect(word(said).amountMinor).to.equal(10_000n);
      for (const extra_info of [null, 'text', { gross_amount_info: null }, { gross_amount_info: {} }])
        expect(word(body({ metadata: { extra_info } })).amountMinor).to.equal(10_000n);
      const odd = { extra_info: { gross_amount_info: { original_amount: { a: 1 } } } };
      expect(read(body({ metadata: odd })).kind).to.equal('other');
    });

    it('happened at a time on a clock in Jakarta', () => {
      expect(word(body()).at.toISOString()).to.equal('2026-11-23T13:15:00.000Z');
      // Just after midnight there is yesterday in UTC.
      expect(word(body({ transaction_time: '2027-01-01 00:30:00' })).at.toISOString()).to.equal(
        '2026-12-31T17:30:00.000Z',
      );
      const settled = body({ settlement_time: '2026-11-23 20:16:30' });
      expect(word(settled).at.toISOString()).to.equal('2026-11-23T13:16:30.000Z');
      for (const transaction_time of ['yesterday', undefined])
        expect(word(body({ transaction_time })).at.toISOString()).to.equal('2026-11-23T00:00:00.000Z');
    });

    it('is another notice in another state, and the same notice when it is sent again', () => {
      const key = (fields: Record<string, unknown>) => read(body(fields)).dedupeKey;
      expect(key({})).to.equal(key({ transaction_time: '2026-11-23 20:15:01' }));
      const all = [
        key({}),
        key({ transaction_status: 'pending', status_code: '201' }),
        key({ transaction_status: 'deny', status_code: '202' }),
        key({ transaction_status: 'capture' }),
        key({ transaction_status: 'capture', fraud_status: 'challenge' }),
        key({ transaction_id: 'other' }),
      ];
      expect(new Set(all).size).to.equal(all.length);
    });
  });

  describe('of what is no payment', () => {
    it('is kept for a person: refunds, disputes, and states that nobody has described', () => {
      const kindOf = (transaction_status: string) => read(body({ transaction_status })).kind;
      expect(kindOf('refund')).to.equal('refund');
      expect(kindOf('partial_refund')).to.equal('refund');
      expect(kindOf('chargeback')).to.equal('dispute');
      expect(kindOf('partial_chargeback')).to.equal('dispute');
      expect(kindOf('mystery')).to.equal('other');
    });

    it('tells the two notices of one refund apart', () => {
      const refund = { refund_key: 'r1', refund_amount: '5000.00' };
      const keys = [
        [refund],
        [{ ...refund, bank_confirmed_at: '2026-11-24 09:00:00' }],
        [refund, { refund_key: 'r2', refund_amount: '1000.00' }],
      ].map((refunds) => read(body({ transaction_status: 'partial_refund', refunds })).dedupeKey);
      expect(new Set(keys).size).to.equal(3);
    });
  });
});

describe('the adapter to Midtrans', () => {
  let house: TestHouse;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.close());

  const order = (more: Partial<Order> = {}): Order => ({
    reference: `SK${uuidv7().replaceAll('-', '').slice(-20).toUpperCase()}`,
    giftMinor: 50_000n,
    tipMinor: 2_500n,
    currency: 'IDR',
    method: 'qris',
    campaignTitle: 'Jembatan untuk anak sekolah di ujung pulau yang sangat jauh sekali',
    donorName: 'Wulan Rahayu',
    donorEmail: null,
    finishUrl: 'http://127.0.0.1/d/1',
    expiresAt: new Date(Date.now() + 15 * 60_000),
    ...more,
  });
  const control = async (path: string, said: unknown) => {
    const answer = await fetch(`${house.simulatorUrl}/_control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(said),
    });
    expect(answer.status, await answer.clone().text()).to.be.oneOf([200, 201]);
    return answer.json();
  };
  const act = (orderId: string, action: string) => control('/pay', { orderId, action });
  const misbehave = (scenario: string, more: Record<string, unknown> = {}) =>
    control('', { gateway: 'midtrans', scenario, ...more });
  const open = async (more: Partial<Order> = {}) => {
    const asked = order(more);
    const { redirectUrl } = await house.gateways.midtrans.create(asked);
    return { asked, known: { reference: asked.reference, transactionId: null }, redirectUrl };
  };
  const to = (url: string, more: Partial<Parameters<typeof midtrans>[0]> = {}) =>
    midtrans({
      serverKey: SERVER_KEY,
      snapUrl: `${url}/midtrans/snap/v1`,
      coreUrl: `${url}/midtrans`,
      ...more,
    });
  async function fault(work: Promise<unknown>): Promise<GatewayFault> {
    const thrown = await work.then(
      () => null,
      (error: unknown) => error,
    );
    if (!(thrown instanceof GatewayFault)) throw new Error(`no GatewayFault but ${thrown}`);
    return thrown;
  }
  async function answering(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
    const { server, url } = await listen(createServer(listener));
    try {
      await use(url);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it('orders gift and tip together, and is shown the page', async () => {
    const { asked, redirectUrl } = await open();
    const page = await (await fetch(redirectUrl)).text();
    expect(page).to.include(asked.reference);
    expect(page).to.match(/52\.500/);
    expect(page).to.include('Tip Sangkuriang');
  });

  it('may ask again for the page of an order, with the same reference', async () => {
    const asked = order();
    const first = await house.gateways.midtrans.create(asked);
    const second = await house.gateways.midtrans.create(asked);
    expect(new URL(second.redirectUrl).host).to.equal(new URL(first.redirectUrl).host);
  });

  it('offers the one method that was chosen, for every method it has', async () => {
    for (const method of house.gateways.midtrans.methods) {
      const { known, redirectUrl } = await open({ method });
      await fetch(redirectUrl, {
        method: 'POST',
        body: new URLSearchParams({ action: 'pay' }),
        redirect: 'manual',
      });
      const by =
        method === 'dana' ? { ...known, transactionId: await transactionIdOf(known.reference) } : known;
      expect((await house.gateways.midtrans.status(by))?.status, method).to.equal('paid');
    }
    expect(house.gateways.midtrans.methods).not.to.include('linkaja');
  });

  const transactionIdOf = async (reference: string): Promise<string> => {
    const answer = await fetch(`${house.simulatorUrl}/_control/transactions?orderId=${reference}`);
    const { transactions } = (await answer.json()) as { transactions: { transaction_id: string }[] };
    return transactions[0]?.transaction_id ?? '';
  };

  it('knows nothing of a payment until a method is chosen, then what became of it', async () => {
    const { asked, known, redirectUrl } = await open();
    expect(await house.gateways.midtrans.status(known)).to.equal(null);
    await fetch(redirectUrl);
    expect((await house.gateways.midtrans.status(known))?.status).to.equal('pending');
    await act(asked.reference, 'pay');
    const said = await house.gateways.midtrans.status(known);
    expect(said).to.include({
      reference: asked.reference,
      status: 'paid',
      amountMinor: 52_500n,
      currency: 'IDR',
    });
    expect(Math.abs((said?.at.getTime() ?? 0) - Date.now())).to.be.below(60_000);
  });

  it('reads the amount we asked for where a fee is laid on top', async () => {
    const { asked, known } = await open();
    await misbehave('fee-imposition', { orderId: asked.reference });
    await act(asked.reference, 'pay');
    expect((await house.gateways.midtrans.status(known))?.amountMinor).to.equal(52_500n);
  });

  it('asks about DANA by the gateway’s own id, the only one it answers to', async () => {
    const { asked, known } = await open({ method: 'dana' });
    await act(asked.reference, 'pay');
    expect(await house.gateways.midtrans.status(known)).to.equal(null);
    const transactionId = await transactionIdOf(asked.reference);
    expect((await house.gateways.midtrans.status({ ...known, transactionId }))?.status).to.equal('paid');
  });

  it('expires and cancels what is open, and leaves alone what has come to an end or was never chosen', async () => {
    const { midtrans: gateway } = house.gateways;
    for (const [action, status] of [
      ['expire', 'expired'],
      ['cancel', 'cancelled'],
    ] as const) {
      const { known, redirectUrl } = await open();
      await gateway[action](known);
      await fetch(redirectUrl);
      await gateway[action](known);
      expect((await gateway.status(known))?.status).to.equal(status);
      await gateway[action](known);
      const { asked, known: paid } = await open();
      await act(asked.reference, 'pay');
      await gateway[action](paid);
      expect((await gateway.status(paid))?.status).to.equal('paid');
    }
  });

  it('gives up on a gateway that is silent, and says that it may have happened', async () => {
    const impatient = to(house.simulatorUrl, { timeoutMs: 100 });
    const asked = order();
    const known = { reference: asked.reference, transactionId: null };
    await misbehave('timeout', { call: 'create', orderId: asked.reference, ms: 60_000 });
    expect(await fault(impatient.create(asked))).to.include({ maybeDone: true, status: null });
    // It did happen: the same order again is answered with its page.
    const { redirectUrl } = await house.gateways.midtrans.create(asked);
    await fetch(redirectUrl);
    for (const [call, ask] of [
      ['status', () => impatient.status(known)],
      ['expire', () => impatient.expire(known)],
      ['cancel', () => impatient.cancel(known)],
    ] as const) {
      await misbehave('timeout', { call, ms: 60_000 });
      expect((await fault(ask())).maybeDone, call).to.equal(true);
    }
  });

  it('takes a page of HTML from a proxy for no answer', async () => {
    const asked = order();
    const known = { reference: asked.reference, transactionId: null };
    await misbehave('error-500', { call: 'create', orderId: asked.reference });
    expect(await fault(house.gateways.midtrans.create(asked))).to.include({ maybeDone: true, status: 502 });
    const { redirectUrl } = await house.gateways.midtrans.create(asked);
    await fetch(redirectUrl);
    for (const call of ['status', 'expire', 'cancel'] as const) {
      await misbehave('error-500', { call });
      expect(await fault(house.gateways.midtrans[call](known)), call).to.include({
        maybeDone: true,
        status: 502,
      });
    }
  });

  it('says when its key is refused, and that nothing was done', async () => {
    const stranger = to(house.simulatorUrl, { serverKey: 'SB-Mid-server-somebody-else' });
    const asked = order();
    expect(await fault(stranger.create(asked))).to.include({ maybeDone: false, status: 401 });
    const known = { reference: asked.reference, transactionId: null };
    expect((await fault(stranger.status(known))).message).to.match(/401/);
    expect((await fault(stranger.expire(known))).message).to.match(/401/);
  });

  it('says when nobody listens, when the answer has no end, and when it is sent elsewhere', async () => {
    const known = { reference: 'SK0123456789', transactionId: null };
    expect((await fault(to('http://127.0.0.1:9').status(known))).maybeDone).to.equal(true);
    let poured = 0;
    await answering(
      (_req, res) => {
        res.on('error', () => {});
        const pour = (): void => {
          while (!res.destroyed && poured < ENOUGH_BYTES) {
            poured += 65_536;
            if (!res.write('x'.repeat(65_536))) return void res.once('drain', pour);
          }
        };
        pour();
      },
      async (url) => {
        expect((await fault(to(url, { timeoutMs: 2_000 }).status(known))).maybeDone).to.equal(true);
      },
    );
    expect(poured).to.be.below(ENOUGH_BYTES);
    let stolen = '';
    await answering(
      (req, res) => {
        if (req.url === '/stolen') stolen = req.headers.authorization ?? '';
        res.writeHead(302, { location: '/stolen' }).end();
      },
      async (url) => {
        expect((await fault(to(url).status(known))).maybeDone).to.equal(true);
      },
    );
    expect(stolen).to.equal('');
  });

  it('believes no answer about another order, in other words, or of half a rupiah', async () => {
    const known = { reference: 'SK0123456789', transactionId: null };
    for (const fields of [
      { order_id: 'SK9999999999' },
      { transaction_status: 'mystery' },
      { gross_amount: '10000.50' },
      { transaction_status: undefined },
    ]) {
      await answering(
        (_req, res) => res.setHeader('content-type', 'application/json').end(JSON.stringify(body(fields))),
        async (url) => {
          expect((await fault(to(url).status(known))).message, JSON.stringify(fields)).to.match(/^Midtrans/);
        },
      );
    }
  });

  it('puts nothing secret into an error: no key, no name, no e-mail', async () => {
    const told: GatewayFault[] = [];
    const asked = order({ donorEmail: 'wulan@example.org' });
    told.push(await fault(to('http://127.0.0.1:9').create(asked)));
    await misbehave('error-500', { call: 'create', orderId: asked.reference });
    told.push(await fault(house.gateways.midtrans.create(asked)));
    told.push(
      await fault(to(house.simulatorUrl, { serverKey: 'SB-Mid-server-somebody-else' }).create(asked)),
    );
    await misbehave('timeout', { call: 'create', orderId: asked.reference, ms: 60_000 });
    told.push(await fault(to(house.simulatorUrl, { timeoutMs: 50 }).create(asked)));
    for (const error of told) {
      const everything = `${error.stack} ${JSON.stringify({ ...error, cause: error.cause })}`;
      expect(everything).not.to.include(SERVER_KEY);
      expect(everything).not.to.include(Buffer.from(`${SERVER_KEY}:`).toString('base64'));
      expect(everything).not.to.match(/somebody-else|wulan|rahayu/i);
    }
  });

  it('says when the order ends, on a clock in Jakarta', async () => {
    let sent: Record<string, unknown> = {};
    await answering(
      (req, res) => {
        let text = '';
        req.on('data', (chunk) => {
          text += chunk;
        });
        req.on('end', () => {
          sent = JSON.parse(text);
          res
            .writeHead(201, { 'content-type': 'application/json' })
            .end('{"redirect_url":"http://127.0.0.1/pay"}');
        });
      },
      async (url) => {
        const now = new Date('2026-12-31T18:00:00Z');
        const expiresAt = new Date(now.getTime() + 15 * 60_000);
        await to(url, { now: () => now }).create(order({ expiresAt }));
        await until(() => sent.expiry);
      },
    );
    expect(sent.expiry).to.deep.equal({
      start_time: '2027-01-01 01:00:00 +0700',
      unit: 'minutes',
      duration: 15,
    });
    expect(sent.page_expiry).to.deep.equal({ unit: 'minutes', duration: 15 });
    expect(sent.transaction_details).to.include({ gross_amount: 52_500 });
    const names = (sent.item_details as { name: string }[]).map(({ name }) => name.length);
    expect(Math.max(...names)).to.be.at.most(50);
  });
});
