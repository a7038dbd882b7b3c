import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import {
  GatewayFault,
  type Notice,
  type Order,
  type PaymentWord,
  type Word,
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

const readAll = (said: unknown, gateway = adapter()): Notice[] => {
  const rawBody = Buffer.isBuffer(said) ? said : Buffer.from(JSON.stringify(said));
  return gateway.read({ rawBody, headers: {}, path: '/webhooks/midtrans' });
};
const read = (said: unknown, gateway = adapter()): Notice => {
  const [notice, ...more] = readAll(said, gateway);
  if (!notice || more.length > 0) throw new Error('not one notice');
  return notice;
};
/** What follows the payment that a refund or a dispute is about. */
function afterPaid(said: unknown): Notice {
  const [payment, notice, ...more] = readAll(said);
  if (payment?.kind !== 'payment' || !notice || more.length > 0)
    throw new Error('not a payment and one more');
  expect(payment.word.status).to.equal('paid');
  expect(payment.word.amountMinor).to.equal(10_000n);
  expect(payment.dedupeKey).to.equal(`${notice.dedupeKey}|paid`);
  return notice;
}
/** What an answer to `status` says of the payment itself. */
const paymentIn = (words: Word[]): PaymentWord | undefined =>
  words.find((said) => said.kind === 'payment')?.word;
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

    it('is read with texts as long as they may be, and with none that is longer or empty', () => {
      const bounds: [string, number][] = [
        ['order_id', 50],
        ['transaction_id', 100],
        ['transaction_time', 30],
        ['settlement_time', 30],
        ['fraud_status', 20],
        ['currency', 5],
        ['merchant_id', 50],
      ];
      for (const [name, max] of bounds) {
        expect(read(body({ [name]: 'x'.repeat(max) })).kind, name).to.equal('payment');
        expect(read(body({ [name]: 'x'.repeat(max + 1) })).kind, `${name}, longer`).to.equal('other');
        if (name !== 'order_id') expect(read(body({ [name]: '' })).kind, `${name}, empty`).to.equal('other');
      }
      const longer = {
        status_code: '200000',
        gross_amount: `${'0'.repeat(29)}.0`,
        transaction_status: 'x'.repeat(31),
      };
      for (const [name, text] of Object.entries(longer)) {
        const { detail } = read(body({ [name]: text })) as { detail?: string };
        expect(detail, name).to.match(/cannot read/);
      }
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

  describe('of what is given back', () => {
    const entry = {
      refund_chargeback_id: 17,
      refund_amount: '4000.00',
      created_at: '2026-11-24 00:30:00',
      reason: 'keliru',
      refund_key: 'r1',
      refund_method: 'online',
    };
    const refund = (refunds: unknown, more: Record<string, unknown> = {}) =>
      body({ transaction_status: 'partial_refund', refunds, ...more });

    it('is said after the payment, all of it so far, under the keys it was asked for with', () => {
      const second = { ...entry, refund_key: 'r2', refund_amount: 1500, created_at: 'yesterday' };
      for (const transaction_status of ['partial_refund', 'PARTIAL_REFUND', 'refund']) {
        const notice = afterPaid(refund([entry, second], { transaction_status, refund_amount: '5500.00' }));
        expect(notice).to.include({ gateway: 'midtrans', kind: 'refund' });
        expect(notice).to.have.deep.property('word', {
          reference: 'SK0123456789',
          refunds: [
            { key: 'r1', amountMinor: 4_000n, at: new Date('2026-11-23T17:30:00Z') },
            { key: 'r2', amountMinor: 1_500n, at: new Date('2026-11-23T00:00:00Z') },
          ],
        });
      }
    });

    it('has the number that Midtrans gave it where it was made on their dashboard', () => {
      const { refund_key: _, ...made } = entry;
      expect(afterPaid(refund([made]))).to.have.deep.nested.property('word.refunds[0].key', '17');
    });

    it('is told twice, before and after the bank confirms, in the same words', () => {
      const notices = [
        [entry],
        [{ ...entry, bank_confirmed_at: '2026-11-24 09:00:00' }],
        [entry, { ...entry, refund_key: 'r2', refund_amount: '1000.00' }],
      ].map((refunds) => afterPaid(refund(refunds)));
      expect(new Set(notices.map(({ dedupeKey }) => dedupeKey)).size).to.equal(3);
      const [first, confirmed] = notices;
      expect(first).to.have.property('kind', 'refund');
      expect((first as { word?: unknown }).word).to.deep.equal((confirmed as { word?: unknown }).word);
      expect(afterPaid(refund([entry])).dedupeKey).to.equal(first?.dedupeKey);
    });

    it('waits for a person where one entry cannot be read, though the others could', () => {
      const { refund_key: _k, refund_chargeback_id: _i, ...nameless } = entry;
      for (const [refunds, more] of [
        [undefined, {}],
        [[], {}],
        [[entry, { ...entry, refund_key: 'r2', refund_amount: '10.50' }], {}],
        [[entry, { ...entry, refund_key: 'r2', refund_amount: '0.00' }], {}],
        [[entry, { ...entry, refund_key: 'r2', refund_amount: undefined }], {}],
        [[entry, { ...entry, refund_key: 'r2', refund_amount: { a: 1 } }], {}],
        [[entry, nameless], {}],
        [[entry, { ...entry, refund_key: { a: 1 } }], {}],
        // The same key twice, a list shorter than the sum beside it, more than was ever paid.
        [[entry, entry], {}],
        [[entry], { refund_amount: '5000.00' }],
        [[entry], { refund_amount: 'much' }],
        [[{ ...entry, refund_amount: '10000.01' }], {}],
        [[{ ...entry, refund_amount: '10001.00' }], {}],
      ] as const) {
        const notice = afterPaid(refund(refunds, more));
        expect(notice.kind, JSON.stringify([refunds, more])).to.equal('other');
        expect(notice).to.include({ reference: 'SK0123456789' });
      }
    });

    it('is not believed where the bank denied it', () => {
      expect(read(refund([entry], { status_code: '202' })).kind).to.equal('other');
      expect(read(refund([entry], { gross_amount: '10000.50' })).kind).to.equal('other');
    });
  });

  describe('of what a bank takes back', () => {
    const dispute = (fields: Record<string, unknown> = {}) =>
      body({ transaction_status: 'partial_chargeback', ...fields });
    const taken = { refund_chargeback_id: 5, refund_amount: '2500.00', created_at: '2026-11-24 00:30:00' };

    it('is said after the payment, and is the whole of it', () => {
      const notice = afterPaid(dispute({ transaction_status: 'chargeback' }));
      expect(notice).to.have.property('kind', 'dispute');
      expect(notice).to.have.deep.property('word', {
        reference: 'SK0123456789',
        key: '57d5293c-e65f-4a29-95e4-5959c3fa335b',
        amountMinor: null,
        at: new Date('2026-11-23T00:00:00Z'),
      });
    });

    it('is a part of it where Midtrans says which', () => {
      const more = { ...taken, refund_chargeback_id: 6, refund_amount: '500.00' };
      for (const [fields, amountMinor] of [
        [{ refunds: [taken] }, 2_500n],
        [{ refunds: [taken], refund_amount: '2500.00' }, 2_500n],
        [{ refunds: [taken, more], refund_amount: '3000.00' }, 3_000n],
        [{ refund_amount: '2500.00' }, 2_500n],
      ] as const) {
        const notice = afterPaid(dispute(fields));
        expect(notice, JSON.stringify(fields)).to.have.property('kind', 'dispute');
        expect(notice).to.have.deep.nested.property('word.amountMinor', amountMinor);
        expect(notice).to.have.nested.property('word.key', '57d5293c-e65f-4a29-95e4-5959c3fa335b');
      }
      const keys = ['2500.00', '3000.00'].map(
        (refund_amount) => afterPaid(dispute({ refund_amount })).dedupeKey,
      );
      expect(keys[0]).not.to.equal(keys[1]);
    });

    it('waits for a person where that is not certain', () => {
      for (const fields of [
        {},
        { refund_amount: '0.00' },
        { refund_amount: '10001.00' },
        { refund_amount: 'half' },
        { refunds: [taken, { ...taken, refund_chargeback_id: 6, refund_amount: '0.5' }] },
        { refunds: [taken], refund_amount: '3000.00' },
        // What we gave back stands in the same list.
        { refunds: [{ ...taken, refund_key: 'r1' }] },
        { refund_amount: '2500.00', transaction_id: undefined },
        { transaction_status: 'chargeback', transaction_id: undefined },
      ]) {
        expect(afterPaid(dispute(fields)).kind, JSON.stringify(fields)).to.equal('other');
      }
    });
  });

  it('in a state that nobody has described is kept for a person', () => {
    expect(read(body({ transaction_status: 'mystery' }))).to.include({
      kind: 'other',
      reference: 'SK0123456789',
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
      expect(paymentIn(await house.gateways.midtrans.status(by))?.status, method).to.equal('paid');
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
    expect(await house.gateways.midtrans.status(known)).to.deep.equal([]);
    await fetch(redirectUrl);
    expect(paymentIn(await house.gateways.midtrans.status(known))?.status).to.equal('pending');
    await act(asked.reference, 'pay');
    const said = paymentIn(await house.gateways.midtrans.status(known));
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
    expect(paymentIn(await house.gateways.midtrans.status(known))?.amountMinor).to.equal(52_500n);
  });

  it('asks about DANA by the gateway’s own id, the only one it answers to', async () => {
    const { asked, known } = await open({ method: 'dana' });
    await act(asked.reference, 'pay');
    expect(await house.gateways.midtrans.status(known)).to.deep.equal([]);
    const transactionId = await transactionIdOf(asked.reference);
    expect(paymentIn(await house.gateways.midtrans.status({ ...known, transactionId }))?.status).to.equal(
      'paid',
    );
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
      expect(paymentIn(await gateway.status(known))?.status).to.equal(status);
      await gateway[action](known);
      const { asked, known: paid } = await open();
      await act(asked.reference, 'pay');
      await gateway[action](paid);
      expect(paymentIn(await gateway.status(paid))?.status).to.equal('paid');
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

  describe('gives back', () => {
    const { refunds } = adapter();
    const paidWith = async (method: Order['method']) => {
      const { asked, known } = await open({ method });
      await act(asked.reference, 'pay');
      return { ...known, transactionId: await transactionIdOf(asked.reference) };
    };
    const part = (key: string, amountMinor = 20_000n) => ({ key, amountMinor, reason: 'salah kirim' });
    const madeOf = async (known: { reference: string; transactionId: string | null }) =>
      (await house.gateways.midtrans.status(known)).flatMap((said) =>
        said.kind === 'refund' ? said.word.refunds.map(({ key, amountMinor }) => [key, amountMinor]) : [],
      );

    it('any part, or all, of what was paid with a method that allows it', async () => {
      const { midtrans: gateway } = house.gateways;
      for (const method of gateway.methods) {
        const known = await paidWith(method);
        if (method === 'card') await act(known.reference, 'settle');
        if (refunds[method] === undefined) {
          expect(await fault(gateway.refund(known, part('r1', 52_500n))), method).to.include({
            maybeDone: false,
            status: 412,
          });
          continue;
        }
        if (refunds[method] === 'any part') await gateway.refund(known, part('r1'));
        else {
          expect(await fault(gateway.refund(known, part('r1'))), method).to.include({
            maybeDone: false,
            status: 414,
          });
        }
        const rest = refunds[method] === 'any part' ? 32_500n : 52_500n;
        await gateway.refund(known, part('r2', rest));
        const all = refunds[method] === 'any part' ? [['r1', 20_000n]] : [];
        expect(await madeOf(known), method).to.deep.equal([...all, ['r2', rest]]);
        expect(paymentIn(await gateway.status(known)), method).to.include({
          status: 'paid',
          amountMinor: 52_500n,
        });
      }
      expect(Object.keys(refunds)).to.have.members(['qris', 'gopay', 'dana', 'card', 'ovo', 'shopeepay']);
    });

    it('once under one key, however often it is asked, also when nothing is left to give', async () => {
      const { midtrans: gateway } = house.gateways;
      const known = await paidWith('qris');
      for (let n = 0; n < 3; n++) await gateway.refund(known, part('r1', 20_000n));
      // By now Midtrans refuses with another code than that of a duplicate.
      for (let n = 0; n < 3; n++) await gateway.refund(known, part('r2', 32_500n));
      await gateway.refund(known, part('r1', 20_000n));
      expect(await madeOf(known)).to.deep.equal([
        ['r1', 20_000n],
        ['r2', 32_500n],
      ]);
      expect(await fault(gateway.refund(known, part('r3', 1n)))).to.include({
        maybeDone: false,
        status: 412,
      });
    });

    it('and finds it done after an answer that was lost', async () => {
      const known = await paidWith('gopay');
      await misbehave('timeout', { call: 'refund', orderId: known.transactionId, ms: 60_000 });
      const impatient = to(house.simulatorUrl, { timeoutMs: 100 });
      expect(await fault(impatient.refund(known, part('r1', 52_500n)))).to.include({
        maybeDone: true,
        status: null,
      });
      await house.gateways.midtrans.refund(known, part('r1', 52_500n));
      await misbehave('error-500', { call: 'refund', applied: false });
      const other = await paidWith('gopay');
      expect(await fault(house.gateways.midtrans.refund(other, part('r1')))).to.include({
        maybeDone: true,
        status: 502,
      });
      expect(await madeOf(other)).to.deep.equal([]);
    });

    it('nothing where the gateway refuses, and says so', async () => {
      const { midtrans: gateway } = house.gateways;
      const known = await paidWith('gopay');
      await misbehave('refund-denied', { orderId: known.reference });
      expect(await fault(gateway.refund(known, part('r1')))).to.include({ maybeDone: false, status: 202 });
      expect(await fault(gateway.refund(await paidWith('qris'), part('r1', 52_501n)))).to.include({
        maybeDone: false,
        status: 414,
      });
      const stranger = to(house.simulatorUrl, { serverKey: 'SB-Mid-server-somebody-else' });
      const refused = await fault(stranger.refund(known, part('r1')));
      expect(refused).to.include({ maybeDone: false, status: 401 });
      expect(refused.message).not.to.match(/somebody-else|salah/);
    });

    it('what was paid with DANA by its own id alone', async () => {
      const known = await paidWith('dana');
      expect(
        await fault(house.gateways.midtrans.refund({ ...known, transactionId: null }, part('r1'))),
      ).to.include({ maybeDone: false, status: 404 });
      await house.gateways.midtrans.refund(known, part('r1'));
    });

    it('perhaps, where the answer leaves that open', async () => {
      const known = { reference: 'SK0123456789', transactionId: null };
      const refund = { key: 'r1', amountMinor: 1_000n, reason: 'x' };
      const settled = body();
      const json = (res: ServerResponse, status: number, said: unknown) =>
        res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
      for (const [name, answer] of Object.entries<[number, unknown]>({
        'a key that they have had, and no such refund': [200, { status_code: '406' }],
        'a success that refunds nothing': [200, settled],
        'a success without words': [200, {}],
        'still at work': [202, { status_code: '202' }],
        'broken down': [503, { status_code: '503' }],
        'broken down, politely': [200, { status_code: '500' }],
      })) {
        await answering(
          (req, res) => (req.method === 'GET' ? json(res, 200, settled) : json(res, ...answer)),
          async (url) => {
            expect((await fault(to(url).refund(known, refund))).maybeDone, name).to.equal(true);
          },
        );
      }
      // A refusal proves nothing while nobody can be asked whether an earlier try was done.
      await answering(
        (req, res) => json(res, req.method === 'GET' ? 500 : 200, { status_code: '412' }),
        async (url) => {
          expect((await fault(to(url).refund(known, refund))).maybeDone).to.equal(true);
        },
      );
      await answering(
        (_req, res) => void res.writeHead(200).end('{"status_code":"2'),
        async (url) => {
          expect((await fault(to(url).refund(known, refund))).maybeDone).to.equal(true);
        },
      );
    });

    it('with a reason of no more signs than fit', async () => {
      let sent: Record<string, unknown> = {};
      await answering(
        (req, res) => {
          let text = '';
          req.on('data', (chunk) => {
            text += chunk;
          });
          req.on('end', () => {
            sent = JSON.parse(text);
            res.end(JSON.stringify(body({ transaction_status: 'refund' })));
          });
        },
        (url) =>
          to(url).refund(
            { reference: 'SK0123456789', transactionId: null },
            { key: 'r1', amountMinor: 10_000n, reason: `${'x'.repeat(254)}😀` },
          ),
      );
      expect(sent).to.deep.equal({ refund_key: 'r1', amount: 10_000, reason: 'x'.repeat(254) });
    });
  });

  it('tells what a bank has taken back, all or a part', async () => {
    for (const [action, amountMinor] of [
      ['chargeback', null],
      ['partial_chargeback', 26_250n],
    ] as const) {
      const { asked, known } = await open({ method: 'gopay' });
      await act(asked.reference, 'pay');
      await act(asked.reference, action);
      const [payment, dispute] = await house.gateways.midtrans.status(known);
      expect(payment).to.have.nested.property('word.status', 'paid');
      expect(dispute).to.have.property('kind', 'dispute');
      expect(dispute).to.have.nested.property('word.amountMinor', amountMinor);
      expect(dispute).to.have.nested.property('word.key', await transactionIdOf(asked.reference));
    }
  });

  it('believes no answer about another order, in other words, or of half a rupiah', async () => {
    const known = { reference: 'SK0123456789', transactionId: null };
    for (const fields of [
      { order_id: 'SK9999999999' },
      { transaction_status: 'mystery' },
      { gross_amount: '10000.50' },
      { transaction_status: undefined },
      { transaction_status: 'partial_refund', refunds: [{ refund_key: 'r1', refund_amount: '0.5' }] },
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
