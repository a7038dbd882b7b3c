import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type SimulatorOptions, simulator } from '../simulator/app.ts';
import type { Listed } from '../simulator/gateway.ts';
import { signature } from '../simulator/midtrans/wire.ts';

const SERVER_KEY = 'SB-Mid-server-test';
const AUTHORIZATION = `Basic ${Buffer.from(`${SERVER_KEY}:`).toString('base64')}`;
const DESKTOP =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';
const PHONE = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36';
const UNTIL_MS_MAX = 5_000;

type Answer = Record<string, unknown>;

async function until(holds: () => boolean | Promise<boolean>) {
  const end = Date.now() + UNTIL_MS_MAX;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Still not so after ${UNTIL_MS_MAX} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('The simulated Midtrans', () => {
  let server: Server;
  let receiver: Server;
  let url: string;
  let receiverUrl: string;
  let api: string;
  let closeSimulator: () => Promise<void>;
  let logged: string[];
  /** What the merchant heard, in order of arrival. */
  let heard: { path: string; agent: string | undefined; body: Record<string, string> & Answer }[];
  /** What the merchant answers to the nth notification; 0 is no answer at all. */
  let answer: (n: number, path: string) => number;
  let heldAnswers: (() => void)[];

  async function start(options: Partial<SimulatorOptions> = {}) {
    const simulated = simulator({
      publicUrl: url,
      midtrans: {
        serverKey: SERVER_KEY,
        merchantId: 'G141532850',
        merchantName: 'Yayasan & Kawan',
        notifyUrl: `${receiverUrl}/webhooks/midtrans`,
      },
      // Two minutes are two milliseconds here.
      retryScale: 1 / 60_000,
      refundConfirmMs: 1,
      log: (line) => logged.push(line),
      ...options,
    });
    server.removeAllListeners('request');
    server.on('request', simulated.app);
    closeSimulator = simulated.close;
  }

  beforeEach(async () => {
    heard = [];
    logged = [];
    heldAnswers = [];
    answer = () => 200;
    receiver = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString());
        heard.push({ path: req.url ?? '', agent: req.headers['user-agent'], body });
        const status = answer(heard.length, req.url ?? '');
        if (status === 0) heldAnswers.push(() => res.end());
        else res.writeHead(status, status >= 300 && status < 400 ? { location: '/elsewhere' } : {}).end('ok');
      });
    });
    receiverUrl = await listen(receiver);
    server = createServer();
    url = await listen(server);
    api = `${url}/midtrans`;
    await start();
  });

  afterEach(async () => {
    await closeSimulator();
    for (const release of heldAnswers) release();
    for (const open of [server, receiver]) {
      open.closeAllConnections();
      open.close();
    }
    // The merchant checks by itself, with nothing of the simulator's, that every notification is Midtrans'.
    for (const { body } of heard) {
      const signed = `${body.order_id}${body.status_code}${body.gross_amount}${SERVER_KEY}`;
      expect(body.signature_key).to.equal(createHash('sha512').update(signed).digest('hex'));
    }
  });

  async function call(path: string, body?: unknown, headers: Record<string, string> = {}, method?: string) {
    const response = await fetch(`${api}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { authorization: AUTHORIZATION, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  }

  async function control(path: string, body?: unknown, method?: string) {
    const response = await fetch(`${url}/_control${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer };
  }

  const misbehave = async (scenario: string, more: Answer = {}) =>
    expect((await control('', { gateway: 'midtrans', scenario, ...more })).status).to.equal(201);

  async function listed(orderId: string): Promise<Listed> {
    const { body } = await control(`/transactions?orderId=${orderId}`);
    const [found] = body.transactions as Listed[];
    if (!found) throw new Error(`${orderId} is not listed.`);
    return found;
  }

  const order = (more: Answer = {}, amount = 150_000) => ({
    transaction_details: { order_id: `DON-${randomUUID().slice(0, 8)}`, gross_amount: amount },
    item_details: [{ id: 'gift', price: amount, quantity: 1, name: 'Donasi banjir Demak' }],
    ...more,
  });

  async function create(more: Answer = {}, headers: Record<string, string> = {}) {
    const asked = order(more);
    const { status, body } = await call('/snap/v1/transactions', asked, headers);
    expect(status).to.equal(201);
    return { id: asked.transaction_details.order_id, page: String(body.redirect_url) };
  }

  const open = async (page: string, agent = PHONE) =>
    (await fetch(page, { headers: { 'user-agent': agent } })).text();

  async function press(page: string, action: string, more: Record<string, string> = {}) {
    const response = await fetch(page, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ action, ...more }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  }

  /** A payment made with the one method given. */
  async function paid(method: string) {
    const { id, page } = await create({ enabled_payments: [method] });
    await press(page, 'pay');
    await until(() => statuses(id).some((status) => status !== 'pending'));
    return id;
  }

  const charge = async (payment_type: string, details: unknown, more: Answer = {}) => {
    const asked = order({ payment_type, [payment_type]: details, ...more });
    return { id: asked.transaction_details.order_id, ...(await call('/v2/charge', asked)) };
  };

  const statuses = (id?: string) =>
    heard.filter(({ body }) => !id || body.order_id === id).map(({ body }) => body.transaction_status);

  /** A start in the past, so that a duration of one minute ends `ms` from now (to the second). */
  const endingIn = (ms: number) => {
    const start = new Date(Date.now() - 60_000 + ms + 7 * 3_600_000).toISOString();
    return { start_time: `${start.slice(0, 19).replace('T', ' ')} +0700`, unit: 'minute', duration: 1 };
  };

  describe('signs', () => {
    it('with the SHA-512 that three independent implementations agree on', () => {
      expect(signature('1111', '200', '100000.00', 'askvnoibnosifnboseofinbofinfgbiufglnbfg')).to.equal(
        'edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231',
      );
    });
  });

  describe('takes an order', () => {
    it('and answers 201 with a token and the address of its page', async () => {
      const { status, body } = await call('/snap/v1/transactions', order());
      expect(status).to.equal(201);
      expect(body.token).to.match(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(body.redirect_url).to.equal(`${api}/snap/v3/redirection/${body.token}`);
    });

    it('only with the server key', async () => {
      const denied = {
        error_messages: ['Access denied due to unauthorized transaction, please check client or server key'],
      };
      for (const key of ['', 'SB-Mid-server-other', `${SERVER_KEY}x`]) {
        const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
        const { status, body } = await call('/snap/v1/transactions', order(), { authorization });
        expect(status).to.equal(401);
        expect(body).to.deep.equal(denied);
        const core = await call('/v2/any/status', undefined, { authorization });
        expect(core.status).to.equal(401);
        expect(core.body).to.include({ status_code: '401' });
      }
    });

    it('only if its items add up, and says what is wrong with it', async () => {
      const wrong = order();
      wrong.transaction_details.gross_amount = 150_001;
      const sum = await call('/snap/v1/transactions', wrong);
      expect(sum.status).to.equal(400);
      expect(sum.body).to.deep.equal({
        error_messages: ['transaction_details.gross_amount is not equal to the sum of item_details'],
      });

      const cases: [unknown, string][] = [
        [{}, 'transaction_details is required'],
        [null, 'transaction_details is required'],
        [{ transaction_details: { gross_amount: 1 } }, 'transaction_details.order_id is required'],
        [
          { transaction_details: { order_id: 'a b', gross_amount: 1 } },
          'transaction_details.order_id is invalid',
        ],
        [
          { transaction_details: { order_id: 'x'.repeat(51), gross_amount: 1 } },
          'transaction_details.order_id too long. Max 50 characters',
        ],
        [
          { transaction_details: { order_id: 'a', gross_amount: 1.5 } },
          'transaction_details.gross_amount must be an integer',
        ],
        [
          { transaction_details: { order_id: 'a', gross_amount: '1' } },
          'transaction_details.gross_amount is invalid',
        ],
        [order({ enabled_payments: ['linkaja'] }), 'enabled_payments.0 is invalid'],
        [order({ customer_details: { email: 'no' } }), 'customer_details.email format is invalid'],
        [order({ expiry: { unit: 'fortnight', duration: 1 } }), 'expiry.unit is invalid'],
      ];
      for (const [asked, message] of cases) {
        const { status, body } = await call('/snap/v1/transactions', asked);
        expect(status).to.equal(400);
        expect(body).to.deep.equal({ error_messages: [message] });
      }
    });

    it('with negative items as discounts', async () => {
      const discounted = order({
        item_details: [
          { id: 'gift', price: 200_000, quantity: 1, name: 'Donasi' },
          { id: 'off', price: -50_000, quantity: 1, name: 'Potongan' },
        ],
      });
      expect((await call('/snap/v1/transactions', discounted)).status).to.equal(201);
    });

    it('again while nobody chose a method, and never after', async () => {
      const asked = order({ enabled_payments: ['other_qris'] });
      const first = await call('/snap/v1/transactions', asked);
      const second = await call('/snap/v1/transactions', asked);
      expect([first.status, second.status]).to.deep.equal([201, 201]);
      await open(String(second.body.redirect_url));
      const third = await call('/snap/v1/transactions', asked);
      expect(third.status).to.equal(400);
      expect(third.body).to.deep.equal({
        error_messages: [
          'transaction_details.order_id has been paid and utilized, please use another order ID',
        ],
      });
      const core = await call('/v2/charge', { ...asked, payment_type: 'qris' });
      expect(core.body).to.include({ status_code: '406' });
    });

    it('and refuses what is no JSON', async () => {
      const response = await fetch(`${api}/snap/v1/transactions`, {
        method: 'POST',
        headers: { authorization: AUTHORIZATION },
        body: '{',
      });
      expect(response.status).to.equal(400);
      expect(await response.json()).to.have.property('error_messages');
    });
  });

  describe('knows a transaction', () => {
    it('only once a method is chosen', async () => {
      const { id, page } = await create({ enabled_payments: ['other_qris'] });
      const before = await call(`/v2/${id}/status`);
      expect(before.status).to.equal(200);
      expect(before.body).to.include({ status_code: '404', status_message: "Transaction doesn't exist." });
      await open(page);
      expect((await call(`/v2/${id}/status`)).body).to.include({ transaction_status: 'pending' });
      await until(() => heard.length === 1);
      expect(heard[0]?.agent).to.equal('Veritrans');
      expect(heard[0]?.path).to.equal('/webhooks/midtrans');
    });

    it('with its refusals as HTTP statuses too where it is told so', async () => {
      await closeSimulator();
      const settings = { serverKey: SERVER_KEY, merchantId: 'G1', notifyUrl: receiverUrl };
      await start({ midtrans: { ...settings, coreHttpStatus: 'as-body' } });
      expect((await call('/v2/nothing/status')).status).to.equal(404);
    });

    it('by order_id and by transaction_id, with amounts, times and signature as Midtrans writes them', async () => {
      const { id, page } = await create({ enabled_payments: ['other_qris'], custom_field1: 'kampanye-7' });
      const earliest = Date.now();
      await open(page);
      const { body } = await call(`/v2/${id}/status`);
      expect(body).to.include({
        order_id: id,
        merchant_id: 'G141532850',
        status_code: '201',
        status_message: 'Success, transaction is found',
        gross_amount: '150000.00',
        currency: 'IDR',
        payment_type: 'qris',
        transaction_status: 'pending',
        fraud_status: 'accept',
        custom_field1: 'kampanye-7',
      });
      const signed = `${id}201150000.00${SERVER_KEY}`;
      expect(body.signature_key).to.equal(createHash('sha512').update(signed).digest('hex'));
      expect(body.transaction_time).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      const began = Date.parse(`${String(body.transaction_time).replace(' ', 'T')}+07:00`);
      expect(began).to.be.within(earliest - 1_000, Date.now());
      const ends = Date.parse(`${String(body.expiry_time).replace(' ', 'T')}+07:00`);
      expect(ends - began).to.equal(15 * 60_000);
      expect((await call(`/v2/${body.transaction_id}/status`)).body).to.deep.equal(body);
      const b2b = await call(`/v2/${id}/status/b2b`);
      expect(b2b.body.transactions).to.deep.equal([body]);
    });

    it('of DANA by transaction_id alone, and spells its pending in capitals', async () => {
      const { id, page } = await create({ enabled_payments: ['dana'] });
      await open(page);
      await until(() => heard.length === 1);
      expect((await call(`/v2/${id}/status`)).body).to.include({ status_code: '404' });
      const transactionId = heard[0]?.body.transaction_id;
      expect((await call(`/v2/${transactionId}/status`)).body).to.include({
        transaction_status: 'PENDING',
        status_code: '200',
        order_id: id,
      });
      expect(heard[0]?.body).to.include({ transaction_status: 'pending', payment_type: 'dana' });
      expect((await call(`/v2/${transactionId}/expire`, {})).body).to.include({ status_code: '412' });
      expect((await call(`/v2/${transactionId}/cancel`, {})).body).to.include({ status_code: '200' });
    });

    it('of GoPay as qris when it was chosen on a desktop', async () => {
      const phone = await create({ enabled_payments: ['gopay'] });
      const desktop = await create({ enabled_payments: ['gopay'] });
      await open(phone.page, PHONE);
      await open(desktop.page, DESKTOP);
      expect((await call(`/v2/${phone.id}/status`)).body).to.include({ payment_type: 'gopay' });
      expect((await call(`/v2/${desktop.id}/status`)).body).to.include({ payment_type: 'qris' });
      await misbehave('gopay-as-qris');
      expect((await call(`/v2/${await paid('gopay')}/status`)).body).to.include({ payment_type: 'qris' });
    });

    it('and forgets the oldest finished one when there are too many', async () => {
      await closeSimulator();
      await start({ ordersMax: 3 });
      const waiting = await create({ enabled_payments: ['bca_va'] });
      await open(waiting.page);
      const finished = await paid('other_qris');
      const never = await create();
      const another = await create();
      expect((await call(`/v2/${finished}/status`)).body).to.include({ status_code: '404' });
      expect((await call(`/v2/${waiting.id}/status`)).body).to.include({ transaction_status: 'pending' });
      // No finished one is left, so the oldest that nobody opened goes.
      const last = await create();
      const { body } = await control('/transactions');
      expect((body.transactions as Listed[]).map((t) => t.order_id)).to.have.members([
        waiting.id,
        another.id,
        last.id,
      ]);
      expect((await fetch(never.page)).status).to.equal(404);
    });

    it('and takes no more when every one it remembers waits for money', async () => {
      await closeSimulator();
      await start({ ordersMax: 1 });
      await open((await create({ enabled_payments: ['bca_va'] })).page);
      const { status, body } = await call('/snap/v1/transactions', order());
      expect(status).to.equal(500);
      expect(body.error_messages).to.deep.equal([
        'Sorry, we encountered internal server error. We will fix this soon.',
      ]);
    });
  });

  describe('charges over the Core API', () => {
    it('a virtual account with its number', async () => {
      for (const bank of ['bca', 'bni', 'bri', 'cimb']) {
        const { body } = await charge('bank_transfer', { bank });
        expect(body).to.include({
          status_code: '201',
          status_message: 'Success, Bank Transfer transaction is created',
          transaction_status: 'pending',
          payment_type: 'bank_transfer',
          gross_amount: '150000.00',
        });
        const [account] = body.va_numbers as { bank: string; va_number: string }[];
        expect(account?.bank).to.equal(bank);
        expect(account?.va_number).to.match(/^\d{15,18}$/);
      }
    });

    it('Permata and Mandiri, each in its own shape', async () => {
      const permata = await charge('permata', {});
      expect(permata.body).to.include({ payment_type: 'bank_transfer' });
      expect(permata.body.permata_va_number).to.match(/^\d{16}$/);
      const mandiri = await charge('echannel', { bill_info1: 'Donasi', bill_info2: 'Banjir' });
      expect(mandiri.body).to.include({ payment_type: 'echannel', biller_code: '70012' });
      expect(mandiri.body.bill_key).to.match(/^\d{12}$/);
    });

    it('GoPay with the ways to go on, and QRIS with a picture', async () => {
      const gopay = await charge('gopay', { enable_callback: true });
      expect(gopay.body.status_message).to.equal('GO-PAY billing created');
      const actions = gopay.body.actions as { name: string; url: string }[];
      expect(actions.map(({ name }) => name)).to.deep.equal([
        'generate-qr-code',
        'generate-qr-code-v2',
        'deeplink-redirect',
        'get-status',
        'cancel',
      ]);
      const page = actions.find(({ name }) => name === 'deeplink-redirect')?.url ?? '';
      expect((await press(page, 'pay')).body).to.include({
        order_id: gopay.id,
        transaction_status: 'settlement',
      });

      const qris = await charge('qris', { acquirer: 'gopay' });
      const [picture] = qris.body.actions as { url: string }[];
      const drawn = await fetch(picture?.url ?? '');
      expect(drawn.headers.get('content-type')).to.include('image/svg+xml');
      expect(await drawn.text()).to.include('simulasi');
    });

    it('and says what is missing', async () => {
      const cases: [string, unknown, string][] = [
        ['bank_transfer', undefined, 'bank_transfer is required'],
        ['bank_transfer', { bank: 'hsbc' }, 'bank or store is invalid'],
        ['linkaja', {}, 'payment_type is invalid'],
        ['ovo', {}, 'ovo.payer_phone_number is required'],
      ];
      for (const [type, details, message] of cases) {
        const { body } = await charge(type, details);
        expect(body).to.include({
          status_code: '400',
          status_message: 'One or more parameters in the payload is invalid.',
        });
        expect(body.validation_messages).to.deep.equal([message]);
      }
    });

    it('a key that is still at work with 202', async () => {
      await misbehave('timeout', { ms: 60_000, call: 'charge' });
      const asked = order({ payment_type: 'qris' });
      const key = { 'idempotency-key': 'slow' };
      const slow = call('/v2/charge', asked, key).catch((error: Error) => error.name);
      await until(() => heard.length === 1);
      const again = await call('/v2/charge', asked, key);
      expect([again.status, again.body.status_code]).to.deep.equal([202, '202']);
      await closeSimulator();
      expect(await slow).to.equal('TypeError');
    });

    it('an order_id once, and one Idempotency-Key once', async () => {
      const asked = order({ payment_type: 'qris' });
      const key = { 'idempotency-key': 'once' };
      const first = await call('/v2/charge', asked, key);
      expect((await call('/v2/charge', asked, key)).body).to.deep.equal(first.body);
      expect((await call('/v2/charge', asked)).body).to.include({ status_code: '406' });
      // A key over 46 characters is ignored without a word.
      const long = { 'idempotency-key': 'k'.repeat(47) };
      const other = order({ payment_type: 'qris' });
      expect((await call('/v2/charge', other, long)).body).to.include({ status_code: '201' });
      expect((await call('/v2/charge', other, long)).body).to.include({ status_code: '406' });
    });
  });

  describe('shows a payment page', () => {
    it('that says who is paid, how much, and that it is a simulator', async () => {
      const { page } = await create({ enabled_payments: ['other_qris'] });
      const text = await open(page);
      for (const part of [
        'SIMULATOR',
        'Yayasan &amp; Kawan',
        'Rp150.000',
        'Donasi banjir Demak',
        '<svg',
        'simulasi',
      ]) {
        expect(text).to.include(part);
      }
      for (const action of ['pay', 'fail', 'expire', 'cancel']) expect(text).to.include(`value="${action}"`);
      expect(text).to.not.include('<select');
    });

    it('with the number of a virtual account and the name of a wallet', async () => {
      const { id, page } = await create({ enabled_payments: ['bca_va'] });
      const text = await open(page);
      const { body } = await call(`/v2/${id}/status`);
      const [account] = body.va_numbers as { va_number: string }[];
      expect(text.replaceAll(' ', '')).to.include(account?.va_number);
      expect(await open((await create({ enabled_payments: ['ovo'] })).page)).to.include('OVO');
    });

    it('that asks for the method where there are several, and begins nothing before', async () => {
      const { id, page } = await create({ enabled_payments: ['bank_transfer', 'gopay'] });
      const text = await open(page);
      expect(text).to.include('<select').and.to.include('value="bca_va"').and.to.include('value="gopay"');
      expect(text).to.not.include('value="other_qris"');
      expect((await listed(id)).status).to.equal('created');
      expect((await press(page, 'pay', { method: 'other_qris' })).status).to.equal(409);
      expect((await press(page, 'pay', { method: 'bni_va' })).body).to.include({
        transaction_status: 'settlement',
      });
      expect((await call(`/v2/${id}/status`)).body.va_numbers).to.have.nested.property('[0].bank', 'bni');
    });

    it('whose form pays, and whose result leads back to the merchant', async () => {
      const { id, page } = await create({
        enabled_payments: ['other_qris'],
        callbacks: { finish: 'https://give.example/d/7?lang=id#claim' },
      });
      await open(page);
      const form = { method: 'POST', headers: { accept: 'text/html' }, redirect: 'manual' as const };
      const posted = await fetch(page, { ...form, body: new URLSearchParams({ action: 'pay' }) });
      expect(posted.status).to.equal(303);
      const result = await open(new URL(posted.headers.get('location') ?? '', page).href);
      expect(result).to.include('Pembayaran berhasil').and.to.not.include('<form');
      expect(result).to.include(
        `href="https://give.example/d/7?lang=id&amp;order_id=${id}&amp;status_code=200&amp;transaction_status=settlement#claim"`,
      );
      await until(() => heard.length === 2);
      expect(statuses()).to.deep.equal(['pending', 'settlement']);
      expect(heard[1]?.body).to.include({
        status_code: '200',
        fraud_status: 'accept',
        status_message: 'midtrans payment notification',
      });
      expect(heard[1]?.body.settlement_time).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    });

    it('that fails, expires and cancels a payment and tells so', async () => {
      for (const [action, status, code] of [
        ['fail', 'deny', '202'],
        ['expire', 'expire', '202'],
        ['cancel', 'cancel', '200'],
      ] as const) {
        const { id, page } = await create({ enabled_payments: ['bri_va'] });
        expect((await press(page, action)).body).to.include({
          transaction_status: status,
          status_code: code,
        });
        await until(() => statuses(id).length === 2);
        expect(statuses(id)).to.deep.equal(['pending', status]);
        expect((await press(page, 'pay')).status).to.equal(409);
        expect(await open(page)).to.not.include('<form');
      }
    });

    it('that pays once, however often "pay" is pressed', async () => {
      const { id, page } = await create({ enabled_payments: ['other_qris'] });
      for (const _ of [1, 2, 3]) expect((await press(page, 'pay')).status).to.equal(200);
      expect((await press(page, 'cancel')).status).to.equal(409);
      expect((await press(page, 'steal')).status).to.equal(400);
      expect((await listed(id)).notifications.map((n) => n.status)).to.deep.equal(['pending', 'settlement']);
    });

    it('that charges a card at once and settles it with the batch', async () => {
      const { id, page } = await create({ enabled_payments: ['credit_card'] });
      await open(page);
      expect((await listed(id)).status).to.equal('created');
      await press(page, 'pay');
      await until(() => heard.length === 1);
      expect(heard[0]?.body).to.include({
        transaction_status: 'capture',
        status_code: '200',
        masked_card: '48111111-1114',
      });
      expect((await control('/pay', { orderId: id, action: 'settle' })).body).to.include({
        status: 'settlement',
      });
    });

    it('that cannot be made to say what the merchant did not write', async () => {
      const script = '<script>alert(1)</script>';
      const { page } = await create({
        enabled_payments: ['gopay'],
        item_details: [{ id: 'x', price: 150_000, quantity: 1, name: script }],
        callbacks: { finish: 'javascript:alert(1)' },
      });
      expect(await open(page))
        .to.include('&lt;script&gt;')
        .and.to.not.include('<script');
      await press(page, 'pay');
      expect(await open(page)).to.not.include('javascript:');
    });

    it('and a list of the latest payments', async () => {
      expect(await (await fetch(url)).text()).to.include('Belum ada');
      const { id, page } = await create({ enabled_payments: ['gopay'] });
      expect(await (await fetch(url)).text())
        .to.include(id)
        .and.to.include(page);
    });

    it('of nothing it does not know', async () => {
      const response = await fetch(`${api}/snap/v3/redirection/${randomUUID()}`);
      expect(response.status).to.equal(404);
      expect(await response.text()).to.include('SIMULATOR');
    });
  });

  describe('ends a payment', () => {
    it('when its time is over, and says so', async () => {
      const { id, page } = await create({ enabled_payments: ['bca_va'], expiry: endingIn(2_000) });
      await open(page);
      await until(() => statuses(id).length === 2);
      expect(statuses(id)).to.deep.equal(['pending', 'expire']);
      expect(heard[1]?.body.status_code).to.equal('202');
      expect((await call(`/v2/${id}/status`)).body).to.include({
        transaction_status: 'expire',
        status_code: '407',
      });
    });

    it('before it began, when the page itself ran out', async () => {
      const { id, page } = await create({ enabled_payments: ['bca_va'], expiry: endingIn(-1_000) });
      expect(await open(page))
        .to.include('kedaluwarsa')
        .and.to.not.include('<form');
      expect((await press(page, 'pay')).status).to.equal(409);
      expect((await call(`/v2/${id}/status`)).body).to.include({ status_code: '404' });
    });

    it('of OVO after 65 seconds, whatever was asked', async () => {
      const { id, page } = await create({ enabled_payments: ['ovo'], expiry: { unit: 'hour', duration: 2 } });
      await open(page);
      const { body } = await call(`/v2/${id}/status`);
      const at = (field: unknown) => Date.parse(`${String(field).replace(' ', 'T')}+07:00`);
      expect(at(body.expiry_time) - at(body.transaction_time)).to.equal(65_000);
    });

    it('by the merchant, with 407 for a success and 412 for too late', async () => {
      const { id, page } = await create({ enabled_payments: ['bca_va'] });
      await open(page);
      const expired = await call(`/v2/${id}/expire`, {});
      expect(expired.status).to.equal(200);
      expect(expired.body).to.include({
        status_code: '407',
        status_message: 'Success, transaction has expired',
        transaction_status: 'expire',
      });
      const late = await call(`/v2/${await paid('bca_va')}/cancel`, {});
      expect(late.body).to.include({
        status_code: '412',
        status_message: 'Merchant cannot modify the status of the transaction',
      });
      expect((await call('/v2/nothing/expire', {})).body).to.include({ status_code: '404' });
    });

    it("on the merchant's word where the fraud check left it open", async () => {
      for (const [verb, status, code] of [
        ['approve', 'capture', '200'],
        ['deny', 'deny', '202'],
      ] as const) {
        await misbehave('challenge');
        const id = await paid('credit_card');
        expect((await call(`/v2/${id}/status`)).body).to.include({
          transaction_status: 'capture',
          fraud_status: 'challenge',
          status_code: '201',
        });
        expect((await call(`/v2/${id}/${verb}`, {})).body).to.include({
          transaction_status: status,
          status_code: code,
        });
        expect((await call(`/v2/${id}/${verb}`, {})).body).to.include({ status_code: '412' });
      }
    });
  });

  describe('refunds', () => {
    it('in parts up to the whole, cumulative, with two notifications each', async () => {
      const id = await paid('other_qris');
      const first = await call(`/v2/${id}/refund`, {
        refund_key: 'r1',
        amount: 50_000,
        reason: 'salah kirim',
      });
      expect(first.body).to.include({
        status_code: '200',
        transaction_status: 'partial_refund',
        refund_amount: '50000.00',
        refund_key: 'r1',
      });
      await until(() => heard.length === 4);
      const [before, after] = heard.slice(2).map(({ body }) => body.refunds as unknown as Answer[]);
      expect(before?.[0]).to.include({ refund_amount: '50000.00', refund_key: 'r1', reason: 'salah kirim' });
      expect(before?.[0]).to.not.have.property('bank_confirmed_at');
      expect(after?.[0]).to.have.property('bank_confirmed_at');
      expect(statuses()).to.deep.equal(['pending', 'settlement', 'partial_refund', 'partial_refund']);

      const rest = await call(`/v2/${id}/refund/online/direct`, { refund_key: 'r2', amount: 100_000 });
      expect(rest.body).to.include({ transaction_status: 'refund', refund_amount: '150000.00' });
      await until(() => heard.length === 6);
      expect(heard[5]?.body.refunds).to.have.nested.property('[1].refund_method', 'online');
    });

    it('nothing twice, nothing too much, nothing unpaid and no virtual account', async () => {
      const id = await paid('gopay');
      const code = async (order: string, body: unknown) =>
        (await call(`/v2/${order}/refund`, body)).body.status_code;
      expect(await code(id, { refund_key: 'r1', amount: 150_001 })).to.equal('414');
      expect(await code(id, { refund_key: 'r1', amount: 0 })).to.equal('414');
      expect(await code(id, { refund_key: 'r1', amount: 10_000 })).to.equal('200');
      expect(await code(id, { refund_key: 'r1', amount: 10_000 })).to.equal('406');
      expect(await code(id, { refund_key: 'r2', amount: 140_001 })).to.equal('414');
      expect(await code(await paid('bca_va'), { refund_key: 'r1' })).to.equal('412');
      expect(await code(await paid('shopeepay'), { refund_key: 'r1', amount: 1_000 })).to.equal('414');
      const { id: pending, page } = await create({ enabled_payments: ['gopay'] });
      await open(page);
      expect(await code(pending, { refund_key: 'r1' })).to.equal('412');
    });

    it('not what the bank denies', async () => {
      const id = await paid('gopay');
      await misbehave('refund-denied', { orderId: id });
      const denied = await call(`/v2/${id}/refund/online/direct`, { refund_key: 'r1', amount: 1_000 });
      expect(denied.body).to.include({
        status_code: '202',
        status_message: 'Refund denied by the bank',
        transaction_status: 'settlement',
      });
    });
  });

  describe('is taken back from by a bank', () => {
    it('in part, half of it unless told how much, and then the rest', async () => {
      for (const [amount, taken] of [
        [undefined, '75000.00'],
        [1_000, '1000.00'],
      ] as const) {
        const id = await paid('gopay');
        const act = async (action: string) =>
          (await control('/pay', { orderId: id, action, ...(amount ? { amount } : {}) })).body.status;
        expect(await act('partial_chargeback')).to.equal('partial_chargeback');
        expect(await act('partial_chargeback')).to.equal('partial_chargeback');
        await until(() => statuses(id).length === 3);
        const { body } = await call(`/v2/${id}/status`);
        expect(body).to.include({ transaction_status: 'partial_chargeback', refund_amount: taken });
        expect(body.refunds).to.have.lengthOf(1);
        expect(body.refunds).to.have.nested.property('[0].refund_amount', taken);
        expect(body.refunds).not.to.have.nested.property('[0].refund_key');
        expect((await call(`/v2/${id}/refund`, { refund_key: 'r1', amount: 1 })).body.status_code).to.equal(
          '412',
        );
        expect(await act('chargeback')).to.equal('chargeback');
      }
    });

    it('never in part of all, and never unpaid', async () => {
      const id = await paid('gopay');
      const act = (orderId: string, amount: number) =>
        control('/pay', { orderId, action: 'partial_chargeback', amount });
      expect((await act(id, 150_000)).status).to.equal(409);
      expect((await act(id, 0)).status).to.equal(400);
      const { id: unpaid } = await create({ enabled_payments: ['gopay'] });
      expect((await act(unpaid, 1_000)).status).to.equal(409);
    });
  });

  describe('notifies', () => {
    it('again after an answer that asks for it, as often as that answer allows', async () => {
      for (const [status, tries] of [
        [500, 2],
        [503, 5],
        [404, 3],
        [400, 3],
        [302, 1],
        [418, 6],
      ] as const) {
        answer = () => status;
        const { id, page } = await create({ enabled_payments: ['credit_card'] });
        await press(page, 'pay');
        await until(() => logged.some((line) => line.includes(id) && line.endsWith('given up')));
        const { notifications } = await listed(id);
        expect(notifications).to.have.length(1);
        expect(notifications[0]).to.include({ attempts: tries, http_status: status, delivered: false });
        expect(statuses(id)).to.have.length(tries);
        // One line a failure and not one more.
        expect(logged.filter((line) => line.includes(id))).to.have.length(tries);
      }
    });

    it('until it is heard, and no more', async () => {
      answer = (n) => (n < 3 ? 503 : 204);
      const { id, page } = await create({ enabled_payments: ['credit_card'] });
      await press(page, 'pay');
      await until(async () => (await listed(id)).notifications[0]?.delivered === true);
      expect((await listed(id)).notifications[0]).to.include({ attempts: 3, http_status: 204 });
    });

    it('behind a 307, and by a merchant that never answers it does not wait', async () => {
      answer = (_n, path) => (path === '/elsewhere' ? 200 : 307);
      const { id, page } = await create({ enabled_payments: ['credit_card'] });
      await press(page, 'pay');
      await until(async () => (await listed(id)).notifications[0]?.delivered === true);
      expect(heard.map(({ path }) => path)).to.deep.equal(['/webhooks/midtrans', '/elsewhere']);

      await closeSimulator();
      await start({ notifyTimeoutMs: 50 });
      answer = (n) => (n === 3 ? 0 : 200);
      const hung = await create({ enabled_payments: ['credit_card'] });
      await press(hung.page, 'pay');
      await until(async () => (await listed(hung.id)).notifications[0]?.delivered === true);
      expect((await listed(hung.id)).notifications[0]?.deliveries[0]).to.include({
        http_status: null,
        error: 'no answer within 50 ms',
      });
    });

    it('where the create says, instead or also', async () => {
      const instead = { 'x-override-notification': `${receiverUrl}/a, ${receiverUrl}/b` };
      const also = { 'x-append-notification': `${receiverUrl}/c` };
      await press((await create({ enabled_payments: ['credit_card'] }, instead)).page, 'pay');
      await until(() => heard.length === 2);
      expect(heard.map(({ path }) => path)).to.have.members(['/a', '/b']);
      await press((await create({ enabled_payments: ['credit_card'] }, also)).page, 'pay');
      await until(() => heard.length === 4);
      expect(heard.slice(2).map(({ path }) => path)).to.have.members(['/webhooks/midtrans', '/c']);
    });

    it('of a hundred payments in their own order each', async () => {
      const orders = await Promise.all(
        Array.from({ length: 100 }, () => create({ enabled_payments: ['other_qris'] })),
      );
      await Promise.all(orders.map(({ id }) => control('/pay', { orderId: id })));
      await until(() => heard.length === 200);
      for (const { id } of orders) expect(statuses(id)).to.deep.equal(['pending', 'settlement']);
    });

    it('nobody any more once it is closed', async () => {
      answer = () => 503;
      await closeSimulator();
      await start({ retryScale: 1 });
      const { id, page } = await create({ enabled_payments: ['other_qris'] });
      await open(page);
      await until(async () => (await listed(id)).notifications[0]?.attempts === 1);
      answer = () => 0;
      await press(page, 'pay');
      await until(() => heard.length === 2);
      await closeSimulator();
      expect((await listed(id)).notifications[1]?.deliveries[0]?.http_status).to.equal(null);
      await press((await create({ enabled_payments: ['other_qris'] })).page, 'pay');
      expect(heard).to.have.length(2);
    });
  });

  describe('misbehaves on order', () => {
    it('and tells everything ten times, one after another', async () => {
      await misbehave('duplicate');
      const id = await paid('other_qris');
      await until(() => statuses(id).length === 20);
      expect(statuses(id)).to.deep.equal([...Array(10).fill('pending'), ...Array(10).fill('settlement')]);
      const other = await paid('other_qris');
      expect(statuses(other)).to.deep.equal(['pending', 'settlement']);
    });

    it('and tells it ten times at once', async () => {
      const { id, page } = await create({ enabled_payments: ['other_qris'] });
      await open(page);
      await until(() => heard.length === 1);
      await misbehave('duplicate-parallel', { times: 10 });
      // None is answered before all have come, so they can only have come at once.
      answer = () => 0;
      await press(page, 'pay');
      await until(() => statuses(id).length === 11);
      for (const release of heldAnswers) release();
      await until(async () => (await listed(id)).notifications[1]?.attempts === 10);
    });

    it('and tells that a payment is pending after telling that it is paid', async () => {
      await misbehave('disorder');
      const id = await paid('other_qris');
      await until(() => statuses(id).length === 2);
      expect(statuses(id)).to.deep.equal(['settlement', 'pending']);

      const { id: begun, page } = await create({ enabled_payments: ['other_qris'] });
      await open(page);
      await until(() => statuses(begun).length === 1);
      await misbehave('disorder');
      await press(page, 'pay');
      await until(() => statuses(begun).length === 3);
      expect(statuses(begun)).to.deep.equal(['pending', 'settlement', 'pending']);
    });

    it('and tells it late', async () => {
      const late = await create({ enabled_payments: ['credit_card'] });
      const punctual = await create({ enabled_payments: ['credit_card'] });
      await misbehave('delay', { ms: 1_000, orderId: late.id });
      await press(late.page, 'pay');
      await press(punctual.page, 'pay');
      await until(() => heard.length === 2);
      expect(heard.map(({ body }) => body.order_id)).to.deep.equal([punctual.id, late.id]);
    });

    it('and loses the first telling', async () => {
      await misbehave('loss');
      const { id, page } = await create({ enabled_payments: ['credit_card'] });
      await press(page, 'pay');
      await until(async () => (await listed(id)).notifications[0]?.delivered === true);
      expect((await listed(id)).notifications[0]?.deliveries.map((d) => d.http_status)).to.deep.equal([
        null,
        200,
      ]);
      expect(heard).to.have.length(1);
    });

    it('and pays what has expired', async () => {
      await misbehave('late-payment', { ms: 20 });
      const { id, page } = await create({ enabled_payments: ['bca_va'] });
      await press(page, 'pay');
      await until(() => statuses(id).length === 3);
      expect(statuses(id)).to.deep.equal(['pending', 'expire', 'settlement']);
      expect((await call(`/v2/${id}/status`)).body).to.include({
        transaction_status: 'settlement',
        status_code: '200',
      });

      const { id: over, page: old } = await create({ enabled_payments: ['bca_va'] });
      await press(old, 'expire');
      expect((await press(old, 'pay')).status).to.equal(409);
      await misbehave('late-payment', { orderId: over });
      expect((await press(old, 'pay')).body).to.include({ transaction_status: 'settlement' });
    });

    it('and takes a paid one back', async () => {
      await misbehave('deny-after-settlement', { ms: 20 });
      const { id, page } = await create({ enabled_payments: ['permata_va'] });
      await press(page, 'pay');
      await until(() => statuses(id).length === 3);
      expect(statuses(id)).to.deep.equal(['pending', 'settlement', 'deny']);
    });

    it('and lays a fee on the donor, and signs the larger amount', async () => {
      await misbehave('fee-imposition', { fee: 4_440 });
      const id = await paid('other_qris');
      const { body } = await call(`/v2/${id}/status`);
      expect(body.gross_amount).to.equal('154440.00');
      expect(heard.at(-1)?.body.metadata).to.deep.equal({
        extra_info: {
          gross_amount_info: {
            original_amount: '150000.00',
            gross_amount: '154440.00',
            customer_imposed_payment_fee: '4440.00',
          },
        },
      });
    });

    it('and does the work but answers too late', async () => {
      await misbehave('timeout', { ms: 60_000, call: 'create' });
      const asked = order();
      const gone = await fetch(`${api}/snap/v1/transactions`, {
        method: 'POST',
        headers: { authorization: AUTHORIZATION },
        body: JSON.stringify(asked),
        signal: AbortSignal.timeout(200),
      }).catch((error: Error) => error.name);
      expect(gone).to.equal('TimeoutError');
      expect((await listed(asked.transaction_details.order_id)).status).to.equal('created');
      expect((await call('/snap/v1/transactions', order())).status).to.equal(201);
    });

    it('and answers too late with nothing done', async () => {
      await misbehave('timeout', { call: 'create', ms: 20, applied: false });
      const asked = order();
      const response = await fetch(`${api}/snap/v1/transactions`, {
        method: 'POST',
        headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
        body: JSON.stringify(asked),
      });
      expect(response.status).to.equal(504);
      const { body } = await control(`/transactions?orderId=${asked.transaction_details.order_id}`);
      expect(body.transactions).to.deep.equal([]);
    });

    it('and answers with a page of HTML, with the work done or not', async () => {
      const { id, page } = await create({ enabled_payments: ['bca_va'] });
      await open(page);
      for (const applied of [false, true]) {
        await misbehave('error-500', { call: 'expire', applied });
        expect((await call(`/v2/${id}/status`)).status).to.equal(200);
        const response = await fetch(`${api}/v2/${id}/expire`, {
          method: 'POST',
          headers: { authorization: AUTHORIZATION },
        });
        expect(response.status).to.equal(502);
        expect(response.headers.get('content-type')).to.include('text/html');
        expect((await listed(id)).status).to.equal(applied ? 'expire' : 'pending');
      }
    });

    it('as often as ordered, only where ordered, and no more when it is taken back', async () => {
      const id = await paid('other_qris');
      await misbehave('error-500', { count: 2, orderId: id });
      const get = (path: string) => fetch(`${api}${path}`, { headers: { authorization: AUTHORIZATION } });
      expect((await get('/v2/another/status')).status).to.equal(200);
      expect((await get(`/v2/${id}/status`)).status).to.equal(502);
      expect((await get(`/v2/${id}/status`)).status).to.equal(502);
      expect((await get(`/v2/${id}/status`)).status).to.equal(200);
      await misbehave('error-500', { count: 100 });
      expect((await control('', undefined, 'DELETE')).status).to.equal(204);
      expect((await get(`/v2/${id}/status`)).status).to.equal(200);
    });
  });

  describe('is controlled', () => {
    it('by what it knows, and refuses the rest', async () => {
      const known = { gateway: 'midtrans', scenario: 'duplicate', count: 1 };
      for (const [wrong, path] of [
        [{ ...known, speed: 3 }, 'speed'],
        [{ ...known, gateway: 'paypal' }, 'gateway'],
        [{ ...known, scenario: 'earthquake' }, ''],
        [{ ...known, count: 0 }, 'count'],
        [{ ...known, call: 'dance' }, ''],
        [{ scenario: 'duplicate' }, 'gateway'],
      ] as const) {
        const { status, body } = await control('', wrong);
        expect(status).to.equal(400);
        expect(body.errors).to.have.nested.property('[0].path', path);
      }
      expect((await control('/pay', { orderId: 'x', action: 'steal' })).status).to.equal(400);
      expect((await control('/pay', { orderId: 'nobody' })).status).to.equal(404);
      expect((await control('/transactions?limit=0')).status).to.equal(400);
    });

    it('within a bound', async () => {
      for (let n = 0; n < 100; n++) await misbehave('loss');
      expect((await control('', { gateway: 'midtrans', scenario: 'loss' })).status).to.equal(409);
    });

    it('to pay by order id, and lists what became of it', async () => {
      const { id } = await create({ enabled_payments: ['other_qris'] });
      expect((await control('/pay', { orderId: id })).body).to.deep.equal({
        gateway: 'midtrans',
        order_id: id,
        status: 'settlement',
      });
      await until(async () => (await listed(id)).notifications.every((n) => n.delivered));
      expect(
        (await listed(id)).notifications.map((n) => [n.status, n.attempts, n.http_status]),
      ).to.deep.equal([
        ['pending', 1, 200],
        ['settlement', 1, 200],
      ]);
      expect((await control('/pay', { orderId: id, action: 'cancel' })).status).to.equal(409);
      expect((await control('/pay', { orderId: id, action: 'chargeback' })).body).to.include({
        status: 'chargeback',
      });
    });
  });
});
