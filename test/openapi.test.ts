import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type Express, Router } from 'express';
import Joi from 'joi';
import type { Browser } from 'playwright-core';
import { app } from '../server/app.ts';
import { jsonSchemas } from '../server/http/json-schema.ts';
import { type ApiDescription, addressOf, describeApi } from '../server/http/openapi.ts';
import type { Operation } from '../server/http/operations/entry.ts';
import { OPERATIONS } from '../server/http/operations.ts';
import { root } from '../server/root.ts';
import { wrongs, wrongWith, wrongWithRequest } from './support/answers.ts';
import { launchChromium } from './support/chromium.ts';
import { listen } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { until } from './support/until.ts';

type Stack = {
  path?: string;
  handle: unknown;
  route?: { path: string | string[]; methods?: Record<string, boolean>; stack: { method?: string }[] };
}[];
type Stacked = { stack: Stack };

/**
 * The calls that an app really serves. Express 5 keeps a mount point only inside a matcher, so `use` is listened to
 * while the app is made.
 */
function callsOf(make: () => Express): string[] {
  const mounts = new WeakMap<object, string>();
  const prototype = Router.prototype as { use: (...given: unknown[]) => unknown };
  const { use } = prototype;
  prototype.use = function (this: Stacked, ...given) {
    const before = this.stack.length;
    const returned = use.apply(this as never, given);
    const mount = typeof given[0] === 'string' ? given[0] : '';
    for (const layer of this.stack.slice(before)) mounts.set(layer, mount);
    return returned;
  };
  let made: Express;
  try {
    made = make();
  } finally {
    prototype.use = use;
  }
  const walk = ({ stack }: Stacked, at: string): string[] =>
    stack.flatMap((layer) => {
      if (layer.route) {
        const methods = layer.route.stack.map(({ method }) => (method ?? 'all').toUpperCase());
        return [layer.route.path]
          .flat()
          .flatMap((path) => [...new Set(methods)].map((method) => `${method} ${at}${path}`));
      }
      const inner = layer.handle as Partial<Stacked>;
      const mount = mounts.get(layer) ?? '';
      return inner.stack ? walk({ stack: inner.stack }, `${at}${mount === '/' ? '' : mount}`) : [];
    });
  return walk(made.router as unknown as Stacked, '').map((call) => call.replace(/(.)\/$/, '$1'));
}

/** A call without the names of its parameters, which are one method's own matter. */
const shapeOf = (call: string): string => call.replace(/:\w+/g, ':');
/** Pages, and the reader of the description itself. */
const isPage = (call: string): boolean =>
  /^GET \/(\{\*path\}|api\/docs\b.*|og\/:idOrSlug\.jpg|embed\.js|embed\/:slug|overlay|robots\.txt|sitemap\.xml|sitemaps\/:first\.xml)$/.test(
    call,
  );

describe('the description of the API', () => {
  let platform: TestPlatform;
  let served: ApiDescription;
  let browser: Browser;

  before(async () => {
    platform = await startPlatform();
    served = (await (await fetch(`${platform.url}/api/v1/openapi.json`)).json()) as ApiDescription;
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    await platform.close();
  });

  const routes = () =>
    callsOf(() =>
      app(platform.house, {
        config: platform.config,
        log: platform.log,
        dist: join(root, 'web/dist'),
        draining: () => false,
      }),
    );

  describe('is complete:', () => {
    it('has every call that the platform serves, and none that it does not', () => {
      const real = routes().filter((call) => !isPage(call));
      expect(real.length).to.be.greaterThan(20);
      const described = OPERATIONS.map(({ call }) => call);
      const has = (calls: string[], call: string) => calls.some((one) => shapeOf(one) === shapeOf(call));
      const missing = real.filter((call) => !has(described, call));
      const invented = described.filter((call) => !has(real, call));
      expect(missing, 'routes without an entry in server/http/operations.ts').to.deep.equal([]);
      expect(invented, 'entries of server/http/operations.ts without a route').to.deep.equal([]);
    });

    it('is what is served, with every operation under its address', () => {
      const written = Object.entries(served.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      );
      const wanted = OPERATIONS.map(addressOf).map(({ method, path }) => `${method} ${path}`);
      expect(written.sort()).to.deep.equal(wanted.sort());
      expect(served.openapi).to.match(/^3\.1\./);
    });

    it('names each parameter of an address, and what a call may refuse', () => {
      for (const { call, params } of OPERATIONS) {
        const named = [...call.matchAll(/:(\w+)/g)].map(([, name]) => name);
        expect(Object.keys(params?.describe().keys ?? {}), call).to.deep.equal(named);
      }
      for (const [path, methods] of Object.entries(served.paths))
        for (const [method, { responses }] of Object.entries(methods)) {
          const refused = Object.keys(responses as object).filter((status) => status.startsWith('4'));
          if (path.startsWith('/api/')) expect(refused, `${method} ${path}`).not.to.deep.equal([]);
        }
    });

    it('tells which header or cookie opens a call', () => {
      const securityOf = (path: string, method: string) => served.paths[path]?.[method]?.security;
      expect(securityOf('/api/v1/me', 'get')).to.deep.equal([{ accessToken: [] }]);
      expect(securityOf('/api/v1/donations/{id}', 'get')).to.deep.equal([
        { claimToken: [] },
        { accessToken: [] },
      ]);
      expect(securityOf('/api/v1/auth/refresh', 'post')).to.deep.equal([{ refreshCookie: [] }]);
      const cookieOf = (secure: boolean) =>
        describeApi({ secure }).components.securitySchemes.refreshCookie.name;
      expect([cookieOf(false), cookieOf(true)]).to.deep.equal(['sk_refresh', '__Host-sk_refresh']);
    });

    it('is answered 304 to whoever has it already', async () => {
      const url = `${platform.url}/api/v1/openapi.json`;
      const etag = (await fetch(url)).headers.get('etag') ?? '';
      // Without the second header, fetch asks past every cache.
      const headers = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
      expect((await fetch(url, { headers })).status).to.equal(304);
    });

    it('leaves a linter nothing to say', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
      try {
        const file = join(folder, 'openapi.json');
        await writeFile(file, JSON.stringify(served));
        expect(await lint(file)).to.deep.equal([]);
        // A linter that reads nothing finds nothing.
        await writeFile(file, JSON.stringify({ ...served, info: { title: 'No version' } }));
        expect(await lint(file)).to.include('struct');
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  describe('is true, because each answer that a test gets is held to it, and this is refused:', () => {
    const problem = {
      type: 'urn:sangkuriang:problem:not-found',
      title: 'Not Found',
      status: 404,
      detail: 'There is no such campaign.',
      code: 'not-found',
    };
    const money = { amount: 1, currency: 'IDR' };
    const wall = {
      id: '01a21e40-ad77-75b8-b1ef-8db7a41fd048',
      name: null,
      message: null,
      at: '2026-03-01T00:00:00.000Z',
    };
    const path = '/api/v1/campaigns/01a21e40-ad77-75b8-b1ef-8db7a41fd048/donations';
    const heard = (status: number, body: unknown, type = 'application/json; charset=utf-8') =>
      wrongWith({ method: 'GET', path, status, type, text: JSON.stringify(body) });
    const refused = (status: number, body: unknown) => heard(status, body, 'application/problem+json');

    it('nothing, where all is as described', () => {
      expect(heard(200, { items: [{ ...wall, gift: money }], nextCursor: null })).to.equal(null);
      expect(refused(404, problem)).to.equal(null);
    });

    it('a field that nobody announced, by operation and place', () => {
      const wrong = heard(200, { items: [{ ...wall, gift: money, email: 'a@b.id' }], nextCursor: null });
      expect(wrong)
        .to.contain('GET /api/v1/campaigns/:id/donations')
        .and.contain('/items/0')
        .and.contain('email');
    });

    it('a field that is missing, or of another kind', () => {
      expect(heard(200, { items: [] })).to.contain('nextCursor');
      expect(heard(200, { items: [{ ...wall, gift: 1 }], nextCursor: null })).to.contain('/items/0/gift');
      expect(heard(200, { items: [{ ...wall, gift: money, at: 'today' }], nextCursor: null })).to.contain(
        '/items/0/at',
      );
    });

    it('a status that stands nowhere, and another content type', () => {
      expect(heard(202, {})).to.contain('the answer 202 stands nowhere');
      expect(heard(200, {}, 'text/html')).to.contain('text/html');
    });

    it('a problem that this call does not have, or that contradicts its status', () => {
      expect(refused(404, { ...problem, code: 'conflict' })).to.contain('/code');
      expect(refused(404, { ...problem, status: 409 })).to.contain('/status');
    });

    it('a request that was taken, although the description refuses it', () => {
      const take = (body: unknown) => wrongWithRequest('POST', path, JSON.stringify(body));
      expect(take({ gift: { amount: 50_000, currency: 'IDR' }, method: 'qris' })).to.equal(null);
      expect(take({ gift: { amount: 1, currency: 'IDR' }, method: 'qris' })).to.contain('/gift/amount');
    });

    it('and the test that asked is the one that fails', async () => {
      const liar = await listen(createServer((_req, res) => res.writeHead(200).end('{}')));
      try {
        const failure = await fetch(`${liar.url}/api/v1/me`).then(
          () => '',
          (error: Error) => error.message,
        );
        expect(failure).to.contain('GET /api/v1/me');
        expect(wrongs.delete(failure)).to.equal(true);
      } finally {
        liar.server.close();
        liar.server.closeAllConnections();
      }
    });

    it('and what a page is answered counts as well', async () => {
      const liar = await listen(createServer((_req, res) => res.writeHead(200).end('{}')));
      const page = await browser.newPage();
      try {
        await page.goto(`${liar.url}/api/v1/me/donations`);
        const found = await until(() =>
          [...wrongs].find((wrong) => wrong.includes('GET /api/v1/me/donations')),
        );
        expect(wrongs.delete(found)).to.equal(true);
      } finally {
        await page.close();
        liar.server.close();
        liar.server.closeAllConnections();
      }
    });
  });

  describe('is written from the schemas that check,', () => {
    const written = (schema: Joi.Schema) => jsonSchemas().of(schema);

    it('with their bounds, patterns and lists', () => {
      expect(written(Joi.number().integer().min(1).max(5).default(3))).to.deep.equal({
        type: 'integer',
        minimum: 1,
        maximum: 5,
        default: 3,
      });
      expect(written(Joi.string().valid('a', 'b').allow(null))).to.deep.equal({
        type: ['string', 'null'],
        enum: ['a', 'b', null],
      });
      expect(written(Joi.object({ a: Joi.string().max(9).required() }))).to.deep.equal({
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'string', maxLength: 9, minLength: 1 } },
        additionalProperties: false,
      });
    });

    it('and stops the process at a rule that it has no words for, and at two schemas of one name', () => {
      expect(() => written(Joi.string().creditCard())).to.throw('creditCard');
      expect(() => written(Joi.object({ a: Joi.any() }).or('a'))).to.throw('dependencies');
      expect(() => written(Joi.string().pattern(/a/i))).to.throw('flags');
      const named = (schema: Joi.Schema) => schema.meta({ schemaName: 'Same' });
      const twice = Joi.object({ a: named(Joi.string()), b: named(Joi.number()) });
      expect(() => written(twice)).to.throw('Same');
    });

    it('and stops it at a call that is described twice', () => {
      const [first] = OPERATIONS as [Operation];
      expect(() => describeApi({ operations: [first, first] })).to.throw('twice');
    });
  });

  describe('can be read at /api/docs', () => {
    it('under our own content security policy, asking nobody but us', async () => {
      const page = await browser.newPage();
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => void asked.push(request.url()));
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
      page.on('pageerror', (error) => void complaints.push(error.message));
      await page.goto(`${platform.url}/api/docs`);
      await page.getByText('Pledge a gift and learn where to pay it').first().waitFor();
      expect(await page.locator('.opblock').count()).to.equal(OPERATIONS.length);
      expect(complaints).to.deep.equal([]);
      const elsewhere = asked.filter((url) => !url.startsWith(platform.url) && !url.startsWith('data:'));
      expect(elsewhere).to.deep.equal([]);
      await page.close();
    });

    it('on a phone, without moving sideways', async () => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await page.goto(`${platform.url}/api/docs`);
      await page.getByText('Pledge a gift and learn where to pay it').click();
      await page.locator('.opblock.is-open .responses-table').first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(390);
      await page.close();
    });

    it('with files that a browser keeps for ever, and none beside them', async () => {
      const html = await (await fetch(`${platform.url}/api/docs`)).text();
      const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file ?? '');
      expect(files).to.have.length(4);
      for (const file of files) {
        const answer = await fetch(`${platform.url}${file}`);
        expect(answer.status, file).to.equal(200);
        expect(answer.headers.get('cache-control'), file).to.contain('immutable');
      }
      const other = `${dirname(files[0] ?? '')}/package.json`;
      expect((await fetch(`${platform.url}${other}`)).status).to.equal(404);
    });
  });
});

/** The rules that a file breaks, by the linter on this machine; nothing is sent anywhere. */
async function lint(file: string): Promise<string[]> {
  const cli = createRequire(import.meta.url).resolve('@redocly/cli/package.json');
  const args = [
    join(dirname(cli), 'bin/cli.js'),
    'lint',
    file,
    '--format=json',
    `--config=${join(root, 'redocly.yaml')}`,
  ];
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env }).catch(
    (failed: { stdout: string }) => failed,
  );
  const { problems } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { problems: { ruleId: string }[] };
  return problems.map(({ ruleId }) => ruleId);
}
