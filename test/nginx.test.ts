import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { io } from 'socket.io-client';
import { PING_EVERY_MS, PONG_MS_MAX } from '../realtime/limits.ts';
import type { Problem } from '../server/protocol/problems.ts';
import { root } from '../server/root.ts';
import { hosts } from './support/answers.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { freePort } from './support/ports.ts';
import { startNginx, type TestNginx } from './support/services.ts';
import { until } from './support/until.ts';

const KB = 1024;
/** More than a careless visitor has, and few enough for any machine's limit of open files. */
const SLOW_CONNECTIONS = 400;
const HONEST_VISITS = 20;
/** `client_header_timeout` of nginx.conf, and room. */
const SLOW_MS_MAX = 25_000;
/** `limit_conn` of nginx.conf. */
const AT_ONCE_MAX = 200;
const GUESSES_MAX = 25;

describe('behind nginx', () => {
  describe('the platform', () => {
    let platform: TestPlatform;
    let nginx: TestNginx;

    before(async () => {
      platform = await startPlatform({ TRUST_PROXY: '1', LIMITS_FACTOR: '1' });
      nginx = await startNginx({ server: [platform.config.port], realtime: [platform.config.port] });
    });
    after(async () => {
      await nginx.stop();
      await platform.close();
    });

    it('starts from a configuration that nginx has nothing to say against', async () => {
      const said = await nginx.check();
      expect(said).to.include('test is successful');
      expect(said).not.to.match(/\[(warn|error|emerg)\]/);
    });

    it('shows its pages, packed, with the headers of the server and none of them twice', async () => {
      const { status, headers } = await fetch(nginx.url, { headers: { 'accept-encoding': 'gzip' } });
      expect(status).to.equal(200);
      expect(headers.get('content-encoding')).to.equal('gzip');
      expect(headers.get('server')).to.equal('nginx');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('content-security-policy')?.match(/default-src/g)).to.have.length(1);
    });

    it('lets the overlay alone stand in a frame, and only in one of ours', async () => {
      const framed = async (path: string) =>
        (await fetch(`${nginx.url}${path}`)).headers
          .get('content-security-policy')
          ?.match(/frame-ancestors [^;]+/)?.[0];
      expect(await framed('/overlay/')).to.equal("frame-ancestors 'self'");
      expect(await framed('/')).to.equal("frame-ancestors 'none'");
    });

    it('gives a page’s files for ever, packed for who can unpack them', async () => {
      const file = readdirSync(join(root, 'web/dist/assets')).find((name) => /^index-.*\.js$/.test(name));
      const plain = readFileSync(join(root, `web/dist/assets/${file}`));
      const packed = await get(`${nginx.url}/assets/${file}`, { 'accept-encoding': 'gzip' });
      expect(packed.headers['content-encoding']).to.equal('gzip');
      expect(packed.headers.vary).to.equal('Accept-Encoding');
      expect(packed.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
      expect(packed.headers['content-type']).to.equal('application/javascript; charset=utf-8');
      expect(packed.headers['x-content-type-options']).to.equal('nosniff');
      expect(packed.body.length).to.be.lessThan(plain.length / 2);
      const unpacked = await get(`${nginx.url}/assets/${file}`);
      expect(unpacked.body.equals(plain)).to.equal(true);
      const missing = await fetch(`${nginx.url}/assets/gone.js`);
      expect(missing.status).to.equal(404);
      expect(missing.headers.get('cache-control')).to.equal(null);
    });

    it('lets other sites frame the widget and load its script, and nothing else', async () => {
      const framed = await fetch(`${nginx.url}/embed/some-campaign`);
      expect(framed.status).to.equal(404);
      expect(framed.headers.get('content-security-policy')).to.include('frame-ancestors *');
      expect(framed.headers.get('x-frame-options')).to.equal(null);
      expect(framed.headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
      const script = await get(`${nginx.url}/embed.js`, { 'accept-encoding': 'gzip' });
      expect(script.headers['cross-origin-resource-policy']).to.equal('cross-origin');
      expect(script.headers['cache-control']).to.match(/^public, max-age=300\b/);
      const again = await get(`${nginx.url}/embed.js`, { 'if-none-match': String(script.headers.etag) });
      expect(again.status).to.equal(304);
      for (const path of ['/', '/c/some-campaign', '/signin']) {
        const { headers } = await fetch(`${nginx.url}${path}`);
        expect(headers.get('content-security-policy'), path).to.include("frame-ancestors 'none'");
        expect(headers.get('x-frame-options'), path).to.equal('SAMEORIGIN');
        expect(headers.get('cross-origin-resource-policy'), path).to.equal('same-origin');
      }
    });

    it('counts who guesses passwords by their address, whatever address they claim', async () => {
      const guess = (n: number) =>
        fetch(`${nginx.url}/api/v1/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.${n}` },
          body: JSON.stringify({ email: `nobody${n}@example.com`, password: 'a guess at a password' }),
        });
      const answers = [];
      for (let n = 0; n <= GUESSES_MAX; n++) answers.push((await guess(n)).status);
      expect(answers).to.deep.equal([...Array(GUESSES_MAX).fill(401), 429]);
    });

    it('stops a body that is too large, each route at its own size, and lets a photo through', async () => {
      const sent = async (method: string, path: string, bytes: number) => {
        const answer = await offer(nginx.port, method, path, bytes);
        return [answer.status, /application\/problem\+json/.test(answer.head)];
      };
      expect(await sent('POST', '/webhooks/midtrans', 256 * KB + 1)).to.deep.equal([413, true]);
      expect(await sent('POST', '/api/v1/campaigns', 200 * KB + 1)).to.deep.equal([413, true]);
      expect(await sent('PUT', '/api/v1/campaigns/a/picture', 7_000 * KB)).to.deep.equal([413, true]);
      expect(await sent('POST', '/socket.io/?transport=polling', 100 * KB)).to.deep.equal([413, true]);
      const photo = await fetch(`${nginx.url}/api/v1/campaigns/a/picture`, {
        method: 'PUT',
        headers: { 'content-type': 'image/jpeg' },
        body: Buffer.alloc(5_000 * KB),
      });
      expect(photo.status).to.equal(401);
      const notice = await fetch(`${nginx.url}/webhooks/midtrans`, {
        method: 'POST',
        body: 'x'.repeat(255 * KB),
      });
      expect(notice.status).to.be.within(400, 403);
    });

    it('keeps its figures from the world, however one asks, and its health open', async () => {
      for (const path of ['/metrics', '/metrics/', '/METRICS', '/%6detrics', '//metrics', '/x/../metrics']) {
        const { status, body } = await get(`${nginx.url}${path}`);
        expect([path, status]).to.deep.equal([path, 404]);
        expect(body.toString()).not.to.include('# HELP');
      }
      expect((await fetch(`${nginx.url}/livez`)).status).to.equal(200);
      expect((await fetch(`${nginx.url}/readyz`)).status).to.equal(200);
    });

    it('carries live news over a WebSocket, and refuses to poll', async () => {
      const socket = io(nginx.url, { transports: ['websocket'], reconnection: false });
      try {
        await until(() => socket.connected);
        const answer = await socket.emitWithAck('watch', { feed: 'campaign:nothing' });
        expect(answer).to.include({ ok: false });
      } finally {
        socket.close();
      }
      const polled = await fetch(`${nginx.url}/socket.io/?EIO=4&transport=polling`);
      expect(polled.status).to.equal(400);
      expect(polled.headers.get('content-type')).to.equal('application/problem+json');
    });

    it('leaves it to the server to end a silent socket', () => {
      const config = readFileSync(join(root, 'nginx/nginx.conf'), 'utf8');
      const sockets = config.slice(config.indexOf('location /socket.io/'));
      const seconds = Number(/proxy_read_timeout (\d+)s/.exec(sockets)?.[1]);
      expect(seconds * 1_000).to.be.greaterThan(PING_EVERY_MS + PONG_MS_MAX);
    });

    it('names each request the same to the caller and in its log, by no name of the caller’s', async () => {
      const answer = await fetch(`${nginx.url}/api/v1/nowhere?claim=a-secret`, {
        headers: { 'x-request-id': 'chosen-by-the-caller', 'x-claim-token': 'another-secret' },
      });
      const { requestId } = (await answer.json()) as Problem;
      expect(requestId).to.match(/^[0-9a-f]{32}$/);
      expect(answer.headers.get('x-request-id')).to.equal(requestId);
      const line = await until(async () =>
        (await nginx.accessLog()).find((entry) => entry.requestId === requestId),
      );
      expect(line).to.include({ method: 'GET', path: '/api/v1/nowhere', status: '404' });
      expect(JSON.stringify(await nginx.accessLog())).not.to.match(/secret/);
    });

    it('answers honest visitors while many connections drip their headers, and cuts those', async function () {
      this.timeout(60_000);
      const slow = await Promise.all(Array.from({ length: SLOW_CONNECTIONS }, () => drip(nginx.port)));
      for (let visit = 0; visit < HONEST_VISITS; visit++)
        expect((await fetch(`${nginx.url}/api/v1/campaigns`)).status).to.equal(200);
      await until(() => slow.every((socket) => socket.closed), {
        timeoutMs: SLOW_MS_MAX,
        what: 'the slow connections to be cut',
      });
    });
  });

  describe('a server that is away', () => {
    let nginx: TestNginx;

    before(async () => {
      nginx = await startNginx({ server: [await freePort()], realtime: [await freePort()] });
    });
    after(() => nginx.stop());

    it('gives programs a problem with a time to come again', async () => {
      for (const path of ['/api/v1/campaigns', '/api/v1/auth/login', '/webhooks/midtrans']) {
        const answer = await fetch(`${nginx.url}${path}`, { method: 'POST', body: '{}' });
        expect(answer.status).to.equal(502);
        expect(answer.headers.get('content-type')).to.equal('application/problem+json');
        expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
        const { requestId, ...problem } = (await answer.json()) as Problem;
        expect(requestId).to.equal(answer.headers.get('x-request-id'));
        expect(problem).to.deep.equal({
          type: 'urn:sangkuriang:problem:unavailable',
          title: 'Bad Gateway',
          status: 502,
          detail: 'We are busy. Please try again shortly.',
          code: 'unavailable',
        });
      }
    });

    it('gives people a page in both languages that runs no script', async () => {
      const answer = await fetch(`${nginx.url}/c/some-campaign`);
      expect(answer.status).to.equal(502);
      expect(answer.headers.get('retry-after')).to.equal('2');
      expect(answer.headers.get('content-security-policy')).to.include("default-src 'none'");
      const page = await answer.text();
      expect(page).to.include('Coba lagi').and.to.include('Try again');
    });

    it('gives frames in other pages the same, which comes again by itself', async () => {
      const answer = await fetch(`${nginx.url}/embed/some-campaign`);
      expect(answer.status).to.equal(502);
      expect(answer.headers.get('content-security-policy')).to.include('frame-ancestors *');
      expect(answer.headers.get('refresh')).to.equal('30');
      expect(await answer.text()).to.include('Try again');
    });
  });

  describe('two servers', () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    /** One server of a pair: it hears a request whole, then does with it what the test says. */
    const serve = async (answer: (req: IncomingMessage, res: ServerResponse) => void) => {
      const heard: string[] = [];
      const server = createServer((req, res) => {
        req.resume().once('end', () => {
          heard.push(`${req.method} ${req.url}`);
          answer(req, res);
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      closing.push(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
      return { port: (server.address() as AddressInfo).port, heard };
    };
    const between = async (server: number[]): Promise<TestNginx> => {
      const nginx = await startNginx({ server, realtime: server });
      hosts.set(new URL(nginx.url).host, 'another');
      closing.push(() => nginx.stop());
      return nginx;
    };
    const dies = (req: IncomingMessage) => void req.socket.destroy();
    const serves = (_req: IncomingMessage, res: ServerResponse) => void res.end('served');

    it('never give a gift twice: what one read before it died is not sent to the other', async () => {
      const [one, other] = [await serve(dies), await serve(dies)];
      const nginx = await between([one.port, other.port]);
      const post = await fetch(`${nginx.url}/api/v1/campaigns/a/donations`, { method: 'POST', body: '{}' });
      expect(post.status).to.equal(502);
      expect([...one.heard, ...other.heard]).to.deep.equal(['POST /api/v1/campaigns/a/donations']);
    });

    it('answer a reader for each other', async () => {
      const [one, other] = [await serve(dies), await serve(serves)];
      const nginx = await between([one.port, other.port]);
      expect(await (await fetch(`${nginx.url}/api/v1/campaigns`)).text()).to.equal('served');
      expect(await (await fetch(`${nginx.url}/api/v1/campaigns`)).text()).to.equal('served');
      expect(one.heard.length).to.be.greaterThan(0);
    });

    it('take a gift that never reached the one that is away', async () => {
      const other = await serve(serves);
      const nginx = await between([await freePort(), other.port]);
      for (const path of ['/api/v1/one', '/api/v1/two']) {
        const post = await fetch(`${nginx.url}${path}`, { method: 'POST', body: '{}' });
        expect(await post.text()).to.equal('served');
      }
      expect(other.heard).to.deep.equal(['POST /api/v1/one', 'POST /api/v1/two']);
    });

    it('hear where a request came from, and nothing of what the caller says about proxies', async () => {
      let headers: IncomingMessage['headers'] = {};
      const one = await serve((req, res) => {
        headers = req.headers;
        res.end();
      });
      const nginx = await between([one.port]);
      await fetch(`${nginx.url}/api/v1/campaigns`, {
        headers: {
          'x-forwarded-for': '203.0.113.7',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'evil.example',
          forwarded: 'for=203.0.113.7',
        },
      });
      expect(headers['x-forwarded-for']).to.equal('203.0.113.7, 127.0.0.1');
      expect(headers['x-forwarded-proto']).to.equal('http');
      expect(headers).not.to.have.any.keys('x-forwarded-host', 'forwarded');
      expect(headers.host).to.equal(`127.0.0.1:${nginx.port}`);
    });

    it('are asked by one address so much at once and no more, while gateways are heard', async () => {
      const held: ServerResponse[] = [];
      const one = await serve((_req, res) => void held.push(res));
      const nginx = await between([one.port]);
      const asked = Array.from({ length: AT_ONCE_MAX }, () => fetch(`${nginx.url}/api/v1/campaigns`));
      await until(() => held.length === AT_ONCE_MAX);
      const refused = await fetch(`${nginx.url}/api/v1/campaigns`);
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('retry-after')).to.equal('1');
      expect(((await refused.json()) as Problem).code).to.equal('too-many-requests');
      const notice = fetch(`${nginx.url}/webhooks/midtrans`, { method: 'POST', body: '{}' });
      await until(() => one.heard.includes('POST /webhooks/midtrans'));
      for (const res of held) res.end('served');
      expect((await notice).status).to.equal(200);
      expect((await Promise.all(asked)).every(({ status }) => status === 200)).to.equal(true);
    });
  });
});

/** As it came over the wire: `fetch` unpacks, and tidies addresses up. */
async function get(address: string, headers: Record<string, string> = {}) {
  const { origin } = new URL(address);
  const asked = request(origin, { path: address.slice(origin.length), headers });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) };
}

/** Says how long a body will be, and sends none of it before it is answered. */
async function offer(port: number, method: string, path: string, bytes: number) {
  const socket = connect(port, '127.0.0.1');
  let head = '';
  socket.setEncoding('utf8').on('data', (text) => {
    head += text;
  });
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`);
  await until(() => head.includes('\r\n\r\n')).finally(() => socket.destroy());
  return { status: Number(head.split(' ')[1]), head };
}

/** A connection that begins a request, adds to it forever and never ends it. */
async function drip(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
  const more = setInterval(() => socket.write('X-More: and more\r\n'), 1_000);
  socket.resume().once('close', () => clearInterval(more));
  return socket;
}
