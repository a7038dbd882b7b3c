import { execFile } from 'node:child_process';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { readConfig } from '../server/config.ts';
import { GatewayFault, type Notice, type PayoutWord } from '../server/domain/gateways/gateway.ts';
import { iris, signature } from '../server/domain/gateways/iris.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { root } from '../server/root.ts';
import { type SimulatorOptions, simulator } from '../simulator/app.ts';
import type { Listed } from '../simulator/gateway.ts';
import { signature as signatureThere } from '../simulator/iris/wire.ts';
import { listen } from './support/house.ts';
import { until } from './support/until.ts';

const KEYS = {
  creatorKey: 'IRIS-creator-test',
  approverKey: 'IRIS-approver-test',
  merchantKey: 'IRIS-merchant-test',
};
const NOW = new Date('2026-11-27T00:00:00Z');
/** `printf '%s' '{"reference_no":"83hgf882","amount":"200000.00","status":"completed"}IRIS-merchant-test' | sha512sum` */
const VECTOR = {
  body: '{"reference_no":"83hgf882","amount":"200000.00","status":"completed"}',
  digest:
    '182050bf767273c87fc710edbddb66688860c6e5d9c730e57d2e7d46564765ee74db0b7a977a4e63cf62f4d92632914e395674f298578e4a50df45251b0d095e',
};

const to = (url: string, more: Partial<Parameters<typeof iris>[0]> = {}) =>
  iris({ ...KEYS, url: `${url}/iris/api/v1`, now: () => NOW, ...more });

function read(said: unknown, { signed = KEYS.merchantKey }: { signed?: string } = {}): Notice {
  const rawBody = Buffer.isBuffer(said) ? said : Buffer.from(JSON.stringify(said));
  const headers = { 'iris-signature': signature(rawBody, signed) };
  const [notice, ...more] = to('http://127.0.0.1:9').read({ rawBody, headers, path: '/webhooks/iris' });
  if (!notice || more.length > 0) throw new Error('not one notice');
  return notice;
}
function refusal(rawBody: Buffer, header: string | string[] | undefined): string {
  const headers = header === undefined ? {} : { 'iris-signature': header };
  try {
    to('http://127.0.0.1:9').read({ rawBody, headers, path: '/webhooks/iris' });
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'read';
}
const said = (fields: Record<string, unknown> = {}) => ({
  reference_no: '83hgf882',
  amount: '200000.00',
  status: 'completed',
  updated_at: '2026-11-26T10:00:00Z',
  ...fields,
});

describe('what Iris says', () => {
  it('is believed by the SHA-512 of the body as it was sent, and our merchant key', () => {
    const rawBody = Buffer.from(VECTOR.body);
    expect(signature(rawBody, KEYS.merchantKey)).to.equal(VECTOR.digest);
    expect(signatureThere(VECTOR.body, KEYS.merchantKey)).to.equal(VECTOR.digest);
    expect(refusal(rawBody, VECTOR.digest)).to.equal('read');
    expect(refusal(rawBody, VECTOR.digest.toUpperCase())).to.equal('read');
    // The same in other spaces is another body.
    expect(refusal(Buffer.from(VECTOR.body.replace(':', ': ')), VECTOR.digest)).to.equal('forbidden');
  });

  it('is not believed with a wrong, a cut, an empty, a doubled or a missing signature', () => {
    const rawBody = Buffer.from(VECTOR.body);
    for (const header of [
      VECTOR.digest.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      VECTOR.digest.slice(0, -1),
      `${VECTOR.digest}0`,
      'é'.repeat(64),
      '',
      [VECTOR.digest, VECTOR.digest],
      undefined,
    ]) {
      expect(refusal(rawBody, header), String(header)).to.equal('forbidden');
    }
    expect(refusal(rawBody, signature(rawBody, KEYS.creatorKey))).to.equal('forbidden');
    expect(refusal(Buffer.alloc(0), VECTOR.digest)).to.equal('forbidden');
  });

  for (const status of ['queued', 'approved', 'processed', 'completed', 'failed', 'rejected'] as const) {
    it(`of a payout that is ${status}, in either case`, () => {
      for (const written of [status, status.toUpperCase()]) {
        const notice = read(said({ status: written }));
        expect(notice).to.include({ gateway: 'iris', kind: 'payout' });
        expect(notice).to.have.deep.property('word', {
          gatewayReference: '83hgf882',
          key: null,
          status,
          amountMinor: 200_000n,
          at: new Date('2026-11-26T10:00:00Z'),
          reason: null,
        });
      }
    });
  }

  it('of a failure comes with its reason', () => {
    const reasonOf = (fields: Record<string, unknown>) => {
      const notice = read(said({ status: 'failed', ...fields }));
      return notice.kind === 'payout' ? notice.word.reason : notice.kind;
    };
    expect(reasonOf({ error_code: '002', error_message: 'Account is closed' })).to.equal('Account is closed');
    expect(reasonOf({ error_code: '002', error_message: '' })).to.equal('002');
    expect(reasonOf({ error_code: null, error_message: null })).to.equal(null);
    expect(reasonOf({ error_message: 'x'.repeat(2_000) })).to.have.lengthOf(255);
  });

  it('happened when its time says so, with a zone, and else now', () => {
    const at = (updated_at: unknown) => {
      const notice = read(said({ updated_at }));
      return notice.kind === 'payout' ? notice.word.at.toISOString() : notice.kind;
    };
    expect(at('2026-11-26T17:00:00+07:00')).to.equal('2026-11-26T10:00:00.000Z');
    for (const time of ['2026-11-26T17:00:00', 'yesterdayZ', '', null, undefined])
      expect(at(time), String(time)).to.equal(NOW.toISOString());
  });

  it('is the same notice when it is sent again, and another in another state', () => {
    const key = (fields: Record<string, unknown>) => read(said(fields)).dedupeKey;
    expect(key({})).to.equal(key({ updated_at: '2026-11-26T10:00:09Z' }));
    const all = [
      key({}),
      key({ status: 'processed' }),
      key({ status: 'failed' }),
      key({ status: 'failed', error_code: '002' }),
      key({ amount: '200001.00' }),
      key({ reference_no: '83hgf883' }),
    ];
    expect(new Set(all).size).to.equal(all.length);
  });

  it('is kept for a person where we cannot read it, though it is signed', () => {
    for (const fields of [
      { status: 'mystery' },
      { amount: '200000.50' },
      { amount: '-200000.00' },
      { amount: '2e5' },
    ]) {
      const notice = read(said(fields));
      expect(notice, JSON.stringify(fields)).to.include({ kind: 'other', reference: '83hgf882' });
    }
    const topup = read({ transaction_id: 't1', order_id: 'o1', gross_amount: '1000.00', status: 'topup' });
    expect(topup).to.include({
      kind: 'other',
      reference: null,
      detail: 'says that the balance was topped up',
    });
    const keys = [
      Buffer.from('{'),
      Buffer.alloc(0),
      null,
      [],
      said({ amount: 200_000 }),
      said({ status: null }),
      said({ reference_no: undefined }),
    ].map((odd) => {
      const notice = read(odd);
      expect(notice, JSON.stringify(odd)).to.include({ kind: 'other', reference: null });
      return notice.dedupeKey;
    });
    expect(new Set(keys).size).to.equal(keys.length);
    expect(read(Buffer.from('{')).dedupeKey).to.equal(keys[0]);
  });
});

describe('payouts are paid by', () => {
  const SECRET = 's'.repeat(32);
  const REAL = { NODE_ENV: 'production', SECRET, DATABASE_URL: 'postgres://127.0.0.1:9/none' };
  const MIDTRANS = { MIDTRANS_SERVER_KEY: 'SB-Mid-server-real' };
  const IRIS = {
    IRIS_CREATOR_KEY: KEYS.creatorKey,
    IRIS_APPROVER_KEY: KEYS.approverKey,
    IRIS_MERCHANT_KEY: KEYS.merchantKey,
  };

  it('Iris where its three keys are set, in its sandbox unless told otherwise', () => {
    expect(readConfig({ ...REAL, ...MIDTRANS, ...IRIS }).iris).to.deep.equal({
      ...KEYS,
      url: 'https://app.sandbox.midtrans.com/iris/api/v1',
    });
    const IRIS_URL = 'https://app.midtrans.com/iris/api/v1';
    expect(readConfig({ ...REAL, ...MIDTRANS, ...IRIS, IRIS_URL }).iris?.url).to.equal(IRIS_URL);
  });

  it('a person where no key is set', () => {
    expect(readConfig({ ...REAL, ...MIDTRANS }).iris).to.equal(null);
    const empty = Object.fromEntries(Object.keys(IRIS).map((name) => [name, '']));
    expect(readConfig({ ...REAL, ...MIDTRANS, ...empty }).iris).to.equal(null);
  });

  it('the simulator where payments are simulated, with keys that differ', () => {
    const { iris: simulated } = readConfig({ SECRET, PORT: '4000' });
    expect(simulated?.url).to.equal('http://127.0.0.1:4001/iris/api/v1');
    expect(new Set(Object.values(simulated ?? {})).size).to.equal(4);
  });

  it('nobody with a key missing, or in earnest for what was given in play: the process stops and says so', async () => {
    const { IRIS_MERCHANT_KEY: _, ...two } = IRIS;
    for (const [settings, sentence] of [
      [{ ...REAL, ...MIDTRANS, ...two }, 'IRIS_MERCHANT_KEY, or none of them'],
      [{ SECRET, ...IRIS }, 'Set MIDTRANS_SERVER_KEY beside the IRIS keys'],
    ] as const) {
      const started = promisify(execFile)(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
        cwd: root,
        env: { PATH: process.env.PATH, ...settings },
      });
      const stopped: unknown = await started.catch((error: unknown) => error);
      expect(stopped).to.include({ code: 1 });
      expect(stopped).to.have.property('stderr').that.includes(sentence);
    }
  });
});

describe('the adapter to Iris', () => {
  let server: Server;
  let url: string;
  let receiver: Server;
  let notifyUrl: string;
  let closeSimulator: () => Promise<void>;
  /** What arrived, read by the adapter. */
  let heard: Notice[];

  async function start(options: Partial<SimulatorOptions> = {}) {
    const simulated = simulator({
      publicUrl: url,
      midtrans: { serverKey: 'SB-Mid-server', merchantId: 'G1', notifyUrl: 'http://127.0.0.1:9/none' },
      iris: { ...KEYS, notifyUrl },
      retryScale: 1 / 60_000,
      payoutStepMs: { process: 1, complete: 600_000 },
      log: () => {},
      ...options,
    });
    server.removeAllListeners('request');
    server.on('request', simulated.app);
    closeSimulator = simulated.close;
  }

  beforeEach(async () => {
    heard = [];
    const opened = await listen(
      createServer((req, res) => {
        const chunks: Buffer[] = [];
        req.on('data', (chunk: Buffer) => chunks.push(chunk));
        req.on('end', () => {
          const rawBody = Buffer.concat(chunks);
          heard.push(...to(url).read({ rawBody, headers: req.headers, path: req.url ?? '' }));
          const { status, body } = to(url).acknowledge(['booked']);
          res.writeHead(status).end(body);
        });
      }),
    );
    receiver = opened.server;
    notifyUrl = `${opened.url}/webhooks/iris`;
    const web = await listen(createServer());
    server = web.server;
    url = web.url;
    await start();
  });
  afterEach(async () => {
    await closeSimulator();
    for (const open of [server, receiver]) {
      open.close();
      open.closeAllConnections();
    }
  });

  const control = async (path: string, request: unknown, status = [200, 201]) => {
    const answer = await fetch(`${url}/_control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    expect(answer.status, await answer.clone().text()).to.be.oneOf(status);
    return answer.json();
  };
  const act = (orderId: string, action: string, status?: number[]) =>
    control('/pay', { gateway: 'iris', orderId, action }, status);
  const misbehave = (scenario: string, more: Record<string, unknown> = {}) =>
    control('', { gateway: 'iris', scenario, ...more });
  const listed = async (): Promise<Listed[]> => {
    const answer = await fetch(`${url}/_control/transactions?gateway=iris`);
    return ((await answer.json()) as { transactions: Listed[] }).transactions;
  };
  const wish = (more: Partial<Parameters<ReturnType<typeof iris>['create']>[0]> = {}) => ({
    key: uuidv7(),
    bank: 'bca',
    number: '8005551234',
    holder: 'WULAN RAHAYU',
    amountMinor: 1_250_000n,
    ...more,
  });
  const statuses = () => heard.map((notice) => (notice.kind === 'payout' ? notice.word.status : notice.kind));
  const statusOf = async (reference: string): Promise<PayoutWord['status'] | undefined> =>
    (await to(url).status(reference))?.status;
  async function fault(work: Promise<unknown>): Promise<GatewayFault> {
    const thrown = await work.then(
      () => null,
      (error: unknown) => error,
    );
    if (!(thrown instanceof GatewayFault)) throw new Error(`no GatewayFault but ${thrown}`);
    return thrown;
  }
  async function answering(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
    const other = await listen(createServer(listener));
    try {
      await use(other.url);
    } finally {
      other.server.close();
      other.server.closeAllConnections();
    }
  }
  const json = (res: ServerResponse, status: number, answer: unknown) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));

  it('lists the banks that can be paid', async () => {
    const banks = await to(url).banks();
    expect(banks).to.deep.include({ code: 'bca', name: 'PT. BANK CENTRAL ASIA TBK.' });
    expect(banks.map(({ code }) => code)).to.include.members(['mandiri', 'bni', 'bri']);
  });

  it('tells whose an account is, always the same, or that it is nobody’s', async () => {
    const account = { bank: 'bca', number: '8005551234' };
    const holder = await to(url).holderOf(account);
    expect(holder).to.match(/^[A-Z]+ [A-Z]+$/);
    expect(await to(url).holderOf(account)).to.equal(holder);
    expect(await to(url).holderOf({ bank: 'bca', number: '8005550000' })).to.equal(null);
    expect(await to(url).holderOf({ bank: 'bca', number: '12' })).to.equal(null);
    expect(await to(url).holderOf({ bank: 'nowhere', number: '8005551234' })).to.equal(null);
    expect(await to(url).holderOf({ bank: 'bca', number: '80&bank=bni' })).to.equal(null);
    await control('/accounts', { ...account, holder: 'YAYASAN  LASORI & KAWAN' });
    expect(await to(url).holderOf(account)).to.equal('YAYASAN  LASORI & KAWAN');
    await control('/accounts', { ...account, holder: null });
    expect(await to(url).holderOf(account)).to.equal(null);
    await control('/accounts', { ...account, holder: 'X', speed: 1 }, [400]);
  });

  it('takes no broken answer for an account that is nobody’s', async () => {
    for (const [status, answer] of [
      [400, { error_message: 'Bank does not answer' }],
      [200, {}],
      [200, { account_name: '' }],
      [500, { errors: { account: ['?'] } }],
      [401, { error_message: 'Access denied' }],
    ] as const) {
      await answering(
        (_req, res) => json(res, status, answer),
        async (other) => {
          const known = to(other).holderOf({ bank: 'bca', number: '8005551234' });
          expect((await fault(known)).message, String(status)).to.match(/^Iris answered/);
        },
      );
    }
  });

  it('enters a payout that nobody is paid by until it is approved, and follows it to its end', async () => {
    const payout = wish();
    const { gatewayReference } = await to(url).create(payout);
    expect(await to(url).status(gatewayReference)).to.deep.include({
      gatewayReference,
      key: payout.key,
      status: 'queued',
      amountMinor: 1_250_000n,
      reason: null,
    });
    expect(heard).to.deep.equal([]);
    await to(url).approve(gatewayReference);
    await until(() => heard.length === 2);
    await act(gatewayReference, 'complete');
    await until(() => heard.length === 3);
    expect(statuses()).to.deep.equal(['approved', 'processed', 'completed']);
    expect(heard[2]).to.deep.nested.include({
      'word.gatewayReference': gatewayReference,
      'word.key': null,
      'word.amountMinor': 1_250_000n,
    });
    expect((await to(url).status(gatewayReference))?.key).to.equal(payout.key);
  });

  it('follows one that fails, one that is rejected, and one that the bank sends back', async () => {
    const gateway = to(url);
    const failed = await gateway.create(wish());
    await gateway.approve(failed.gatewayReference);
    await act(failed.gatewayReference, 'fail');
    expect(await gateway.status(failed.gatewayReference)).to.deep.include({
      status: 'failed',
      reason: 'Beneficiary account is closed',
    });
    const rejected = await gateway.create(wish());
    await gateway.reject(rejected.gatewayReference, 'Bukan rekening mereka');
    expect(await gateway.status(rejected.gatewayReference)).to.deep.include({
      status: 'rejected',
      reason: 'Bukan rekening mereka',
    });
    const returned = await gateway.create(wish());
    await gateway.approve(returned.gatewayReference);
    await act(returned.gatewayReference, 'complete');
    await act(returned.gatewayReference, 'return');
    expect(await statusOf(returned.gatewayReference)).to.equal('failed');
    await until(() => statuses().filter((status) => status === 'failed').length === 2);
  });

  it('knows nothing of a payout that is not there', async () => {
    expect(await to(url).status('83hgf882')).to.equal(null);
    expect(await to(url).status('../balance')).to.equal(null);
  });

  it('enters one payout under one key, and nothing else under it', async () => {
    const payout = wish();
    const first = await to(url).create(payout);
    expect(await to(url).create(payout)).to.deep.equal(first);
    expect((await listed()).length).to.equal(1);
    expect(await fault(to(url).create({ ...payout, amountMinor: 1n }))).to.include({
      maybeDone: false,
      status: 400,
    });
  });

  it('enters it once though the answer was lost, whether the first try arrived or not', async () => {
    const impatient = to(url, { timeoutMs: 100 });
    for (const applied of [true, false]) {
      const payout = wish();
      const before = (await listed()).length;
      await misbehave('timeout', { call: 'create', orderId: payout.key, ms: 60_000, applied });
      expect(await fault(impatient.create(payout))).to.include({ maybeDone: true, status: null });
      expect((await listed()).length - before).to.equal(applied ? 1 : 0);
      const { gatewayReference } = await to(url).create(payout);
      expect((await listed()).length - before).to.equal(1);
      expect((await to(url).status(gatewayReference))?.key).to.equal(payout.key);
    }
    const payout = wish();
    await misbehave('error-500', { call: 'create', orderId: payout.key });
    expect(await fault(to(url).create(payout))).to.include({ maybeDone: true, status: 502 });
  });

  it('says when Iris refuses a payout, and that nothing was done', async () => {
    for (const odd of [
      { bank: 'nowhere' },
      { number: '12' },
      { amountMinor: 0n },
      { key: 'x'.repeat(101) },
    ]) {
      expect(await fault(to(url).create(wish(odd))), JSON.stringify(Object.keys(odd))).to.include({
        maybeDone: false,
        status: 400,
      });
    }
  });

  it('approves with the approver’s key alone, and enters with the creator’s alone', async () => {
    const swapped = to(url, { creatorKey: KEYS.approverKey, approverKey: KEYS.creatorKey });
    expect(await fault(swapped.create(wish()))).to.include({ maybeDone: false, status: 401 });
    const { gatewayReference } = await to(url).create(wish());
    expect(await fault(swapped.approve(gatewayReference))).to.include({ maybeDone: false, status: 401 });
    expect(await fault(swapped.reject(gatewayReference, 'x'))).to.include({ maybeDone: false, status: 401 });
    expect(await statusOf(gatewayReference)).to.equal('queued');
    const stranger = to(url, { creatorKey: 'IRIS-somebody-else', approverKey: 'IRIS-somebody-else' });
    for (const ask of [
      stranger.banks(),
      stranger.status(gatewayReference),
      stranger.holderOf({ bank: 'bca', number: '8005551234' }),
      stranger.create(wish()),
      stranger.approve(gatewayReference),
    ])
      expect(await fault(ask)).to.include({ maybeDone: false, status: 401 });
  });

  it('approves once: again, after a lost answer, and after the end it counts as done', async () => {
    const gateway = to(url);
    const { gatewayReference } = await gateway.create(wish());
    await misbehave('timeout', { call: 'approve', orderId: gatewayReference, ms: 60_000 });
    expect(await fault(to(url, { timeoutMs: 100 }).approve(gatewayReference))).to.include({
      maybeDone: true,
    });
    await gateway.approve(gatewayReference);
    await gateway.approve(gatewayReference);
    for (const action of ['complete', 'return']) {
      await act(gatewayReference, action);
      await gateway.approve(gatewayReference);
    }
    await until(() => heard.length >= 3);
    expect(statuses().filter((status) => status === 'approved')).to.have.lengthOf(1);
  });

  it('rejects once, and neither approves what is rejected nor rejects what is approved', async () => {
    const gateway = to(url);
    const no = await gateway.create(wish());
    await gateway.reject(no.gatewayReference, 'x');
    await gateway.reject(no.gatewayReference, 'x');
    expect(await fault(gateway.approve(no.gatewayReference))).to.include({ maybeDone: false, status: 400 });
    const yes = await gateway.create(wish());
    await gateway.approve(yes.gatewayReference);
    expect(await fault(gateway.reject(yes.gatewayReference, 'x'))).to.include({
      maybeDone: false,
      status: 400,
    });
    expect(await fault(gateway.approve('83hgf882'))).to.include({ maybeDone: true, status: 400 });
  });

  it('says of an approval that it may be done wherever the answer leaves that open', async () => {
    const queued = { reference_no: '83hgf882', amount: '1.00', status: 'queued' };
    const cases: [string, [number, unknown], [number, unknown]][] = [
      ['refused, and waiting still', [400, {}], [200, queued]],
      ['broken down', [503, {}], [200, queued]],
      ['accepted in other words', [202, { status: 'pending' }], [200, queued]],
      ['accepted without words', [200, null], [200, queued]],
      ['refused, and nobody can be asked', [400, {}], [500, {}]],
      ['refused, and in a state that we cannot read', [400, {}], [200, { ...queued, status: 'mystery' }]],
    ];
    for (const [name, approve, status] of cases) {
      await answering(
        (req, res) => (req.method === 'GET' ? json(res, ...status) : json(res, ...approve)),
        async (other) => {
          const known = await fault(to(other).approve('83hgf882'));
          expect(known.maybeDone, name).to.equal(name !== 'refused, and waiting still');
        },
      );
    }
  });

  it('believes no status of another payout, in other words, or of half a rupiah', async () => {
    const right = { reference_no: '83hgf882', amount: '1.00', status: 'queued', notes: null };
    for (const fields of [
      {},
      { reference_no: '83hgf883' },
      { status: 'mystery' },
      { amount: '0.50' },
      { amount: undefined },
    ]) {
      await answering(
        (_req, res) => json(res, 200, { ...right, ...fields }),
        async (other) => {
          const asked = to(other).status('83hgf882');
          if (Object.keys(fields).length === 0)
            expect(await asked).to.deep.include({ key: null, amountMinor: 1n });
          else expect((await fault(asked)).message, JSON.stringify(fields)).to.match(/^Iris/);
        },
      );
    }
  });

  it('says of a new payout that it may be there where a success names none', async () => {
    for (const answer of [{}, { payouts: [] }, { payouts: [{ status: 'queued' }] }, null]) {
      await answering(
        (_req, res) => json(res, 201, answer),
        async (other) => {
          expect((await fault(to(other).create(wish()))).maybeDone, JSON.stringify(answer)).to.equal(true);
        },
      );
    }
  });

  it('sends whole rupiah as text, our key twice, and each key of theirs to its own calls', async () => {
    const sent: { path: string; headers: Record<string, unknown>; body: unknown }[] = [];
    const payout = wish();
    await answering(
      (req, res) => {
        let body = '';
        req.on('data', (chunk) => {
          body += chunk;
        });
        req.on('end', () => {
          sent.push({ path: req.url ?? '', headers: req.headers, body: JSON.parse(body) });
          json(res, 201, { status: 'ok', payouts: [{ status: 'queued', reference_no: 'r1' }] });
        });
      },
      async (other) => {
        await to(other).create(payout);
        await to(other).approve('r1');
        await to(other).reject('r1', `${'x'.repeat(254)}😀`);
      },
    );
    const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    expect(sent.map(({ path }) => path.replace('/iris/api/v1', ''))).to.deep.equal([
      '/payouts',
      '/payouts/approve',
      '/payouts/reject',
    ]);
    expect(sent[0]?.headers).to.include({
      authorization: basic(KEYS.creatorKey),
      'x-idempotency-key': payout.key,
    });
    for (const call of sent.slice(1)) expect(call.headers.authorization).to.equal(basic(KEYS.approverKey));
    expect(sent.map(({ body }) => body)).to.deep.equal([
      {
        payouts: [
          {
            beneficiary_name: 'WULAN RAHAYU',
            beneficiary_account: '8005551234',
            beneficiary_bank: 'bca',
            amount: '1250000',
            notes: `SK ${payout.key}`,
          },
        ],
      },
      { reference_nos: ['r1'] },
      { reference_nos: ['r1'], reject_reason: 'x'.repeat(254) },
    ]);
  });

  it('gives up on an Iris that is silent or absent', async () => {
    const impatient = to(url, { timeoutMs: 100 });
    const { gatewayReference } = await to(url).create(wish());
    for (const [call, ask] of [
      ['status', () => impatient.status(gatewayReference)],
      ['reject', () => impatient.reject(gatewayReference, 'x')],
      ['banks', () => impatient.banks()],
      ['validate', () => impatient.holderOf({ bank: 'bca', number: '8005551234' })],
    ] as const) {
      await misbehave('timeout', { call, ms: 60_000 });
      expect(await fault(ask()), call).to.include({ maybeDone: true, status: null });
    }
    expect((await fault(to('http://127.0.0.1:9').banks())).maybeDone).to.equal(true);
  });

  it('puts nothing secret into an error: no key, no name, no account', async () => {
    const told: GatewayFault[] = [];
    const gateway = to(url);
    told.push(await fault(to('http://127.0.0.1:9').create(wish())));
    told.push(await fault(to('http://127.0.0.1:9').holderOf({ bank: 'bca', number: '8005551234' })));
    told.push(await fault(gateway.create(wish({ bank: 'nowhere' }))));
    told.push(await fault(to(url, { creatorKey: 'IRIS-somebody-else' }).create(wish())));
    told.push(await fault(to(url, { approverKey: 'IRIS-somebody-else' }).approve('r1')));
    await misbehave('error-500', { call: 'validate' });
    told.push(await fault(gateway.holderOf({ bank: 'bca', number: '8005551234' })));
    await answering(
      (_req, res) => json(res, 400, { error_message: 'WULAN RAHAYU 8005551234' }),
      async (other) => {
        told.push(await fault(to(other).create(wish())));
        told.push(await fault(to(other).holderOf({ bank: 'bca', number: '8005551234' })));
        told.push(await fault(to(other).approve('r1')));
        told.push(await fault(to(other).status('r1')));
      },
    );
    for (const error of told) {
      const everything = `${error.stack} ${JSON.stringify({ ...error, cause: error.cause })}`;
      for (const key of Object.values(KEYS)) {
        expect(everything).not.to.include(key);
        expect(everything).not.to.include(Buffer.from(`${key}:`).toString('base64'));
      }
      expect(everything).not.to.match(/somebody-else|wulan|rahayu|8005551234/i);
    }
  });

  describe('against a simulator that', () => {
    const approved = async () => {
      const { gatewayReference } = await to(url).create(wish());
      await to(url).approve(gatewayReference);
      return gatewayReference;
    };

    it('completes by itself, or fails where that was ordered', async () => {
      await closeSimulator();
      await start({ payoutStepMs: { process: 1, complete: 1 } });
      await approved();
      await until(() => heard.length === 3);
      await misbehave('fail');
      await approved();
      await until(() => heard.length === 6);
      expect(statuses()).to.deep.equal([
        'approved',
        'processed',
        'completed',
        'approved',
        'processed',
        'failed',
      ]);
    });

    it('tells everything several times, late, or only at the second try', async () => {
      await misbehave('duplicate', { times: 3 });
      const { gatewayReference } = await to(url).create(wish());
      await to(url).reject(gatewayReference, 'x');
      await until(() => heard.length === 3);
      expect(new Set(heard.map(({ dedupeKey }) => dedupeKey)).size).to.equal(1);

      await misbehave('delay', { ms: 20 });
      await approved();
      await until(() => heard.length === 5);
      await misbehave('loss');
      await approved();
      await until(() => heard.length === 7);
      expect(new Set(statuses().slice(3))).to.deep.equal(new Set(['approved', 'processed']));
      const notes = (await listed()).flatMap(({ notifications }) => notifications);
      await until(async () =>
        (await listed()).every(({ notifications }) => notifications.every((n) => n.delivered)),
      );
      expect(notes.length).to.equal(5);
    });

    it('shows a page for each payout, whose buttons let it arrive or fail', async () => {
      const reference = await approved();
      await until(async () => (await statusOf(reference)) === 'processed');
      const page = `${url}/iris/payouts/${reference}`;
      const text = await (await fetch(page)).text();
      expect(text)
        .to.include('SIMULATOR')
        .and.include('WULAN RAHAYU')
        .and.match(/1\.250\.000/);
      const press = (at: string, action: string) =>
        fetch(at, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' });
      expect((await press(page, 'dance')).status).to.equal(400);
      expect((await press(page, 'return')).status).to.equal(400);
      expect((await press(page, 'complete')).status).to.equal(303);
      expect((await press(page, 'complete')).status).to.equal(303);
      expect(await statusOf(reference)).to.equal('completed');
      expect((await press(page, 'fail')).status).to.equal(409);
      expect(await (await fetch(page)).text())
        .to.include('Dana sampai')
        .and.not.include('<form');
      const { gatewayReference: waiting } = await to(url).create(wish());
      expect((await press(`${url}/iris/payouts/${waiting}`, 'complete')).status).to.equal(409);
      expect((await fetch(`${url}/iris/payouts/nobody`)).status).to.equal(404);
      expect((await press(`${url}/iris/payouts/nobody`, 'fail')).status).to.equal(404);
      const index = await (await fetch(url)).text();
      expect(index).to.include(page).and.include('_control/accounts');
    });

    it('answers to a payout by our own key too, and refuses what cannot be', async () => {
      const payout = wish();
      const { gatewayReference } = await to(url).create(payout);
      await act(payout.key, 'complete', [409]);
      await to(url).approve(gatewayReference);
      await act(payout.key, 'pay', [409]);
      await act(payout.key, 'return', [409]);
      expect(await act(payout.key, 'complete')).to.include({ gateway: 'iris', status: 'completed' });
      await act(payout.key, 'fail', [409]);
      await act('nobody', 'complete', [404]);
    });

    it('forgets the oldest that has ended when there are too many, then the oldest that waits', async () => {
      await closeSimulator();
      await start({ ordersMax: 2 });
      const gateway = to(url);
      const first = await approved();
      const second = await gateway.create(wish());
      await act(first, 'fail');
      const third = await gateway.create(wish());
      expect(await gateway.status(first)).to.equal(null);
      expect(await statusOf(second.gatewayReference)).to.equal('queued');
      await gateway.create(wish());
      expect(await gateway.status(second.gatewayReference)).to.equal(null);
      expect(await statusOf(third.gatewayReference)).to.equal('queued');
      await gateway.approve(third.gatewayReference);
      // Nothing is left that may be forgotten.
      await approved();
      expect(await fault(gateway.create(wish()))).to.include({ maybeDone: true, status: 500 });
    });
  });
});
