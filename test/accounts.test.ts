import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express, { type Express } from 'express';
import jwt from 'jsonwebtoken';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { v7 as uuidv7 } from 'uuid';
import { type Bus, inProcessBus } from '../server/bus.ts';
import { acting, closeDb, type Db, openDb } from '../server/db/open.ts';
import {
  type Accounts,
  accounts,
  REUSE_LEEWAY_MS,
  SESSION_MS,
  SESSIONS_MAX,
} from '../server/domain/accounts/accounts.ts';
import { grant } from '../server/domain/accounts/grant.ts';
import { type Passwords, passwords } from '../server/domain/accounts/passwords.ts';
import { askForReset, resetPassword } from '../server/domain/accounts/reset.ts';
import { type Revocations, revocations } from '../server/domain/accounts/revocations.ts';
import { recallRevocations, revokeAll } from '../server/domain/accounts/revoke.ts';
import { ACCESS_TOKEN_MS, type Tokens, tokens } from '../server/domain/accounts/tokens.ts';
import { askForVerification, verifications, verifyEmail } from '../server/domain/accounts/verification.ts';
import { Refusal } from '../server/domain/refusal.ts';
import { auth } from '../server/http/auth.ts';
import { authenticate, principalOf, staff } from '../server/http/guards/authenticate.ts';
import {
  type Budget,
  inMemory,
  type LimitName,
  type Limits,
  limitAll,
  limits,
  type Store,
} from '../server/http/guards/limit.ts';
import { networkOf } from '../server/http/guards/network.ts';
import { me } from '../server/http/me.ts';
import { problem } from '../server/http/problem.ts';
import type { ResetPasswordRequest, SignedIn } from '../server/protocol/accounts.ts';
import { type News, REVOCATIONS, userFeed } from '../server/protocol/feeds.ts';
import type { Problem } from '../server/protocol/problems.ts';
import { root } from '../server/root.ts';
import { type FreshDatabase, freshDatabase } from './support/database.ts';
import { until } from './support/until.ts';

const SECRET = 'a secret for tests that is long enough';
const PASSWORD = 'benar kuda baterai';
/** The least that bcrypt knows: these tests sign in a hundred times. */
const COST = 4;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAGE = 'https://sangkuriang.test';

type Answer = { status: number; headers: Headers; body: SignedIn & Problem };
type Ask = { body?: unknown; headers?: Record<string, string>; method?: string };

/** Tells one test's people from another's. */
let people = 0;
const anEmail = (): string => `donor-${++people}@sangkuriang.test`;

describe('accounts', () => {
  let database: FreshDatabase;
  let db: Db;
  let bus: Bus;
  let pool: Passwords;
  let server: Server;
  let url: string;
  let revoked: Revocations;
  let access: Tokens;
  let verbs: Accounts;
  let clock = Date.now();
  let heard: News[] = [];
  const faults: unknown[] = [];
  const now = () => new Date(clock);
  const onFault = (fault: unknown) => void faults.push(fault);

  before(async () => {
    database = await freshDatabase();
    db = openDb({ url: database.appUrl, name: 'test-accounts' });
    bus = inProcessBus({ onFault });
    bus.subscribe((news) => void heard.push(news));
    pool = passwords({ cost: COST });
    revoked = revocations({ now });
    access = tokens({ secrets: { k1: SECRET }, signWith: 'k1', revocations: revoked, now });
    verbs = accounts({ db, bus, passwords: pool, tokens: access, revocations: revoked, now });
    ({ server, url } = await listen(app(plenty())));
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await pool.close();
    await closeDb(db);
    await database.drop();
  });

  beforeEach(() => {
    clock = Date.now();
    heard = [];
  });

  afterEach(() => {
    expect(faults.splice(0)).to.deep.equal([]);
  });

  const plenty = (): Limits => limits({ factor: 1_000, onFault });

  /** The doors under test in the order in which the real app has them. */
  function app(limits: Limits, { secure = false } = {}): Express {
    const app = express();
    app.set('trust proxy', 1);
    app.use('/api/v1', limitAll(limits));
    const allowsOrigin = (origin: string) => origin === PAGE;
    const recovery = {
      askForReset: (email: string) => askForReset(db, email, uuidv7()),
      resetPassword: (request: ResetPasswordRequest) =>
        resetPassword({ db, bus, passwords: pool, revocations: revoked, now }, request),
      verifyEmail: (token: string) => verifyEmail({ db, verifications: verifications(SECRET), now }, token),
    };
    app.use('/api/v1/auth', auth({ accounts: verbs, limits, recovery, secure, allowsOrigin }));
    const askAgain = (userId: string) => askForVerification(db, userId, uuidv7());
    app.use(
      '/api/v1',
      authenticate({ tokens: access }),
      me({ accounts: verbs, limits, askForVerification: askAgain }),
    );
    app.get('/api/v1/hall', (_req, res) => void res.json({ kind: principalOf(res).kind }));
    app.get('/api/v1/desk', (_req, res) => void res.json({ userId: staff(res, 'moderator').userId }));
    return app.use(problem({ onFault }));
  }

  async function listen(app: Express): Promise<{ server: Server; url: string }> {
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1` };
  }

  async function ask(path: string, { body, headers = {}, method = 'POST' }: Ask = {}): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  }

  /** The refresh token that an answer set; empty where it took the cookie back, null where it said nothing. */
  function cookieOf({ headers }: Answer): string | null {
    const [set] = headers.getSetCookie();
    return set === undefined ? null : (/^(?:__Host-)?sk_refresh=([^;]*)/.exec(set)?.[1] ?? null);
  }

  const withCookie = (token: string | null) => ({
    headers: { cookie: `sk_refresh=${token ?? ''}`, 'x-requested-with': 'sangkuriang' },
  });
  const refresh = (token: string | null) => ask('/auth/refresh', withCookie(token));
  const logout = (token: string | null) => ask('/auth/logout', withCookie(token));
  const whoAmI = (accessToken: string) =>
    ask('/me', { method: 'GET', headers: { authorization: `Bearer ${accessToken}` } });
  const login = (email: string, password = PASSWORD) => ask('/auth/login', { body: { email, password } });

  async function register(email = anEmail()) {
    const answer = await ask('/auth/register', { body: { email, password: PASSWORD, name: 'Ada Lestari' } });
    expect(answer.status).to.equal(201);
    return { email, id: answer.body.user.id, accessToken: answer.body.accessToken, cookie: cookieOf(answer) };
  }

  /** What was said on a feed by now, as type and data. */
  async function said(feed: string): Promise<{ type: string; data: unknown }[]> {
    const events = await db.feeds.since(feed, 0, 500);
    return events.map(({ type, data }) => ({ type, data }));
  }

  const revocationsOf = async (userId: string) =>
    (await said(REVOCATIONS))
      .map(({ data }) => data as { userId: string })
      .filter((d) => d.userId === userId);

  async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
    try {
      await work;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error('it was not refused');
  }

  describe('registering and signing in', () => {
    it('makes an account, signs it in and opens its feed', async () => {
      const email = anEmail();
      const answer = await ask('/auth/register', {
        body: { email: ` ${email.toUpperCase()} `, password: PASSWORD, name: 'Ada Lestari' },
      });
      expect(answer.status).to.equal(201);
      expect(answer.body.user).to.include({ email, name: 'Ada Lestari' });
      expect(answer.body.user.roles).to.deep.equal([]);
      expect(Date.parse(answer.body.expiresAt)).to.equal(clock + ACCESS_TOKEN_MS);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect((await db.feeds.head(userFeed(answer.body.user.id)))?.head).to.equal(0);

      const mine = await whoAmI(answer.body.accessToken);
      expect(mine.body).to.deep.equal({ user: answer.body.user });
      expect(mine.headers.get('cache-control')).to.equal('no-store');
    });

    it('answers nothing about the password, and keeps only hashes', async () => {
      const answer = await ask('/auth/register', {
        body: { email: anEmail(), password: PASSWORD, name: 'Ada' },
      });
      expect(JSON.stringify(answer.body)).not.to.match(/password|\$2b\$/);
      const token = cookieOf(answer) ?? '';
      expect(Buffer.from(token, 'base64url')).to.have.length(32);
      const rows = await acting(db, 'system', 'test', async (tx) => ({
        user: await tx.users.byId(answer.body.user.id),
        session: await tx.one('select token_hash from sk.sessions where user_id = $1', [answer.body.user.id]),
      }));
      expect(rows.user?.password_hash).to.match(/^\$2b\$04\$/);
      expect(rows.session.token_hash.toString('base64url')).not.to.equal(token);
      expect(rows.session.token_hash).to.have.length(32);
    });

    it('refuses an e-mail that has an account, also when two come at once', async () => {
      const { email } = await register();
      const again = await ask('/auth/register', { body: { email, password: PASSWORD, name: 'Eve' } });
      expect(again).to.deep.include({ status: 409 });
      expect(again.body.code).to.equal('email-taken');
      expect(again.body.errors?.[0]?.path).to.equal('email');

      const body = { email: anEmail(), password: PASSWORD, name: 'Ada' };
      const both = await Promise.all([1, 2].map(() => ask('/auth/register', { body })));
      expect(both.map(({ status }) => status).sort()).to.deep.equal([201, 409]);
    });

    it('names every field that is wrong, and refuses fields it does not know', async () => {
      const answer = await ask('/auth/register', {
        body: { email: 'nobody', password: 'short', name: '', roles: ['admin'] },
      });
      expect(answer.status).to.equal(400);
      expect(answer.headers.get('content-type')).to.contain('application/problem+json');
      expect(answer.body.errors?.map(({ path }) => path)).to.have.members([
        'email',
        'password',
        'name',
        'roles',
      ]);
      expect((await ask('/auth/register', { body: '{"email":' })).body.code).to.equal('bad-request');
      expect((await ask('/auth/register')).body.code).to.equal('invalid-input');
      const large = await ask('/auth/register', { body: { name: 'x'.repeat(20_000) } });
      expect(large.status).to.equal(413);
    });

    it('gives one answer for an unknown e-mail and for a wrong password', async () => {
      const { email } = await register();
      const wrong = await login(email, 'salah sama sekali');
      const unknown = await login(anEmail(), PASSWORD);
      const impossible = await login('a\u0000b@sangkuriang.test');
      for (const answer of [wrong, unknown, impossible]) {
        expect(answer.status).to.equal(401);
        expect(answer.body).to.deep.equal(wrong.body);
        expect(cookieOf(answer)).to.equal(null);
      }
      expect(wrong.body.code).to.equal('wrong-credentials');
    });

    it('signs in whatever the case of the e-mail and however the keyboard composes the password', async () => {
      const email = anEmail();
      const body = { email, password: 'S\u00e9mar pangl\u00edma', name: 'Ada' };
      expect((await ask('/auth/register', { body })).status).to.equal(201);
      expect((await login(email.toUpperCase(), 'Se\u0301mar pangli\u0301ma')).status).to.equal(200);
    });

    it('lets a banned user neither in nor on', async () => {
      const { email, id, accessToken, cookie } = await register();
      await acting(db, 'system', 'test', (tx) =>
        tx.none('update sk.users set banned_at = now() where id = $1', [id]),
      );
      expect((await login(email)).body.code).to.equal('forbidden');
      expect((await login(email, 'salah sama sekali')).body.code).to.equal('wrong-credentials');
      expect((await refresh(cookie)).status).to.equal(401);
      expect((await whoAmI(accessToken)).status).to.equal(401);
    });

    it('signs nobody in with a password that was changed while it was being checked', async () => {
      const { email, id } = await register();
      const slow: Passwords = {
        ...pool,
        async verify(password, hash) {
          const same = await pool.verify(password, hash);
          await acting(db, 'system', 'test', (tx) =>
            tx.none("update sk.users set password_hash = 'another' where id = $1", [id]),
          );
          return same;
        },
      };
      const late = accounts({ db, bus, passwords: slow, tokens: access, revocations: revoked, now });
      expect((await refusalOf(late.login({ email, password: PASSWORD }))).code).to.equal('wrong-credentials');
    });

    it(`ends the oldest of more than ${SESSIONS_MAX} sign-ins`, async () => {
      const first = await register();
      const cookies: (string | null)[] = [];
      for (let n = 1; n <= SESSIONS_MAX; n += 1) cookies.push(cookieOf(await login(first.email)));
      expect((await refresh(first.cookie)).status).to.equal(401);
      expect((await whoAmI(first.accessToken)).status).to.equal(401);
      for (const cookie of cookies) expect((await refresh(cookie)).status).to.equal(200);
    });
  });

  describe('refreshing', () => {
    it('exchanges the cookie for the next one and a new access token', async () => {
      const { cookie, id } = await register();
      clock += ACCESS_TOKEN_MS;
      const answer = await refresh(cookie);
      expect(answer.status).to.equal(200);
      expect(answer.body.user.id).to.equal(id);
      expect(cookieOf(answer))
        .to.match(/^[\w-]{43}$/)
        .and.not.equal(cookie);
      expect((await whoAmI(answer.body.accessToken)).status).to.equal(200);
      expect((await refresh(cookieOf(answer))).status).to.equal(200);
    });

    it('lets two tabs refresh at once: one gets the token, the other comes again with the new cookie', async () => {
      const { cookie } = await register();
      const both = await Promise.all([refresh(cookie), refresh(cookie)]);
      const won = both.find(({ status }) => status === 200);
      const late = both.find(({ status }) => status === 409);
      if (!won || !late) throw new Error(`they were answered ${both.map(({ status }) => status)}`);
      expect(late.body.code).to.equal('conflict');
      expect(late.headers.get('retry-after')).to.equal('1');
      expect(late.body.accessToken).to.equal(undefined);
      expect(cookieOf(late), 'the new cookie must stay').to.equal(null);
      expect((await refresh(cookieOf(won))).status).to.equal(200);
    });

    it('forgives a replay within the leeway, and gives it nothing', async () => {
      const { cookie, id } = await register();
      const next = cookieOf(await refresh(cookie));
      clock += REUSE_LEEWAY_MS;
      expect((await refresh(cookie)).status).to.equal(409);
      expect((await refresh(next)).status).to.equal(200);
      expect(await revocationsOf(id)).to.deep.equal([]);
    });

    it('takes a later replay for theft: the whole family ends, at once, and everyone is told', async () => {
      const { cookie, id } = await register();
      const latest = await refresh(cookie);
      const other = await login((await whoAmI(latest.body.accessToken)).body.user.email);
      heard = [];
      clock += REUSE_LEEWAY_MS + 1;

      const replay = await refresh(cookie);
      expect(replay.status).to.equal(401);
      expect(cookieOf(replay), 'a dead cookie is taken back').to.equal('');
      expect((await refresh(cookieOf(latest))).status).to.equal(401);
      expect((await whoAmI(latest.body.accessToken)).status).to.equal(401);

      const { family } = access.verify(other.body.accessToken);
      expect(await revocationsOf(id)).to.deep.equal([
        { userId: id, sessionFamily: familyIn(latest.body.accessToken), reason: 'reuse' },
      ]);
      expect(await said(userFeed(id))).to.deep.equal([
        { type: 'session.revoked', data: { reason: 'reuse' } },
      ]);
      await until(() => heard.length === 2, { what: 'the news on both feeds' });
      expect(heard.map(({ feed }) => feed)).to.have.members([REVOCATIONS, userFeed(id)]);

      // Another sign-in of the same user is another family.
      expect(family).not.to.equal(familyIn(latest.body.accessToken));
      expect((await whoAmI(other.body.accessToken)).status).to.equal(200);
      expect((await refresh(cookieOf(other))).status).to.equal(200);
    });

    it('says it once, however often the stolen token comes back', async () => {
      const { cookie, id } = await register();
      await refresh(cookie);
      clock += REUSE_LEEWAY_MS + 1;
      const replays = await Promise.all([1, 2, 3, 4].map(() => refresh(cookie)));
      expect(replays.map(({ status }) => status)).to.deep.equal([401, 401, 401, 401]);
      expect(await revocationsOf(id)).to.have.length(1);
    });

    it('never leaves two living tokens in a family, whatever comes at once', async () => {
      const { cookie, id } = await register();
      const next = cookieOf(await refresh(cookie));
      clock += REUSE_LEEWAY_MS + 1;
      // The thief's replay, the owner's refresh twice and a sign-out cross each other.
      await Promise.all([refresh(next), refresh(cookie), logout(next), refresh(next)]);
      const living = await acting(db, 'system', 'test', (tx) => tx.sessions.liveFamilies(id, now()));
      expect(living).to.deep.equal([]);
    });

    it('ends thirty days after the sign-in, however often it was refreshed', async () => {
      const signIn = clock;
      const { cookie } = await register();
      clock += 29 * DAY_MS;
      const late = await refresh(cookie);
      expect(late.status).to.equal(200);
      const expires = /Expires=([^;]+)/.exec(late.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
      expect(Date.parse(expires)).to.equal(Math.floor((signIn + SESSION_MS) / 1000) * 1000);
      clock = signIn + SESSION_MS;
      expect((await refresh(cookieOf(late))).status).to.equal(401);
    });

    it('answers 401 to a cookie that it never gave, and takes it back', async () => {
      for (const cookie of ['', 'x', 'a'.repeat(43), '%00', `${'a'.repeat(42)}%27`]) {
        const answer = await refresh(cookie);
        expect(answer.status, cookie).to.equal(401);
        expect(cookieOf(answer), cookie).to.equal('');
      }
      expect(
        (await ask('/auth/refresh', { headers: { 'x-requested-with': 'sangkuriang' } })).status,
      ).to.equal(401);
    });

    it('deletes tokens whose family has ended, and no others', async () => {
      const { cookie, id } = await register();
      const kept = cookieOf(await refresh(cookie));
      const count = () =>
        acting(db, 'system', 'test', (tx) =>
          tx.one('select count(*)::int as n from sk.sessions where user_id = $1', [id], (row) => row.n),
        );
      const purge = (before: Date) =>
        acting(db, 'system', 'test', (tx) => tx.sessions.purge({ before, limit: 1_000 }));
      await purge(now());
      expect(await count()).to.equal(2);
      expect((await refresh(kept)).status).to.equal(200);
      expect(await purge(new Date(clock + SESSION_MS))).to.be.at.least(3);
      expect(await count()).to.equal(0);
    });
  });

  describe('signing out', () => {
    it('ends the session and its access token at once, and says so', async () => {
      const { cookie, id, accessToken } = await register();
      const answer = await logout(cookie);
      expect(answer.status).to.equal(204);
      expect(cookieOf(answer)).to.equal('');
      const mine = await whoAmI(accessToken);
      expect(mine.status).to.equal(401);
      expect(mine.body.code).to.equal('unauthenticated');
      expect((await refresh(cookie)).status).to.equal(401);
      expect(await revocationsOf(id)).to.deep.equal([
        { userId: id, sessionFamily: familyIn(accessToken), reason: 'sign_out' },
      ]);
    });

    it('knows no failure: twice, with a cookie of nobody, or with none', async () => {
      const { cookie, id } = await register();
      for (const token of [cookie, cookie, 'nonsense', null])
        expect((await logout(token)).status).to.equal(204);
      expect(await revocationsOf(id)).to.have.length(1);
    });

    it('ends every session of a user for the house', async () => {
      const here = await register();
      const there = await login(here.email);
      await revokeAll({ db, bus, revocations: revoked, now }, here.id, 'ban');
      for (const token of [here.accessToken, there.body.accessToken]) {
        expect((await whoAmI(token)).status).to.equal(401);
      }
      for (const cookie of [here.cookie, cookieOf(there)])
        expect((await refresh(cookie)).status).to.equal(401);
      expect(await revocationsOf(here.id)).to.deep.equal([
        { userId: here.id, sessionFamily: null, reason: 'ban' },
      ]);
      clock += 1;
      const again = await login(here.email);
      expect((await whoAmI(again.body.accessToken)).status).to.equal(200);
    });
  });

  describe('cookies and foreign pages', () => {
    it('keeps the refresh token from scripts and from other sites', async () => {
      const answer = await login((await register()).email);
      const [cookie] = answer.headers.getSetCookie();
      expect(cookie).to.match(/^sk_refresh=[\w-]{43}; Path=\/api\/v1\/auth; Expires=/);
      expect(cookie).to.contain('HttpOnly').and.contain('SameSite=Strict').and.not.contain('Secure');
    });

    it('binds it to the host where pages come over https', async () => {
      const safe = await listen(app(plenty(), { secure: true }));
      try {
        const { email } = await register();
        const signedIn = await ask(`${safe.url}/auth/login`, { body: { email, password: PASSWORD } });
        const [cookie = ''] = signedIn.headers.getSetCookie();
        expect(cookie).to.match(/^__Host-sk_refresh=[\w-]{43}; Path=\/; Expires=/);
        expect(cookie).to.contain('HttpOnly; Secure; SameSite=Strict').and.not.contain('Domain');
        const asked = { 'x-requested-with': 'sangkuriang' };
        const plain = { ...asked, cookie: `sk_refresh=${cookieOf(signedIn)}` };
        expect((await ask(`${safe.url}/auth/refresh`, { headers: plain })).status).to.equal(401);
        const bound = { ...asked, cookie: `__Host-sk_refresh=${cookieOf(signedIn)}` };
        expect((await ask(`${safe.url}/auth/refresh`, { headers: bound })).status).to.equal(200);
      } finally {
        safe.server.closeAllConnections();
        safe.server.close();
      }
    });

    it('does nothing for a cookie alone: the page must say that it asks', async () => {
      const { cookie, accessToken } = await register();
      for (const path of ['/auth/refresh', '/auth/logout']) {
        const answer = await ask(path, { headers: { cookie: `sk_refresh=${cookie}` } });
        expect(answer.status).to.equal(403);
        expect(cookieOf(answer)).to.equal(null);
      }
      expect((await whoAmI(accessToken)).status).to.equal(200);
      expect((await refresh(cookie)).status).to.equal(200);
    });

    it('refuses pages of other origins, and forms', async () => {
      const { email, cookie } = await register();
      const body = { email, password: PASSWORD };
      for (const origin of ['https://evil.test', 'null', `${PAGE}.evil.test`]) {
        expect((await ask('/auth/login', { body, headers: { origin } })).status).to.equal(403);
        const { headers } = withCookie(cookie);
        expect((await ask('/auth/refresh', { headers: { ...headers, origin } })).status).to.equal(403);
      }
      expect((await ask('/auth/login', { body, headers: { origin: PAGE } })).status).to.equal(200);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
        const answer = await ask('/auth/login', { body, headers: { 'content-type': type } });
        expect(answer.status).to.equal(415);
      }
      const { headers } = withCookie(cookie);
      const asForm = { ...headers, 'content-type': 'text/plain' };
      expect((await ask('/auth/refresh', { body: 'x', headers: asForm })).status).to.equal(415);
      expect((await ask('/auth/refresh', { body: {}, headers })).status).to.equal(200);
    });
  });

  describe('access tokens', () => {
    const HEADER = { typ: 'at+jwt', kid: 'k1' };
    let userId: string;
    let family: string;

    before(async () => {
      const { id, accessToken } = await register();
      userId = id;
      family = familyIn(accessToken);
    });

    type Change = {
      header?: Record<string, unknown>;
      claims?: Record<string, unknown>;
      alg?: jwt.Algorithm;
      secret?: string;
    };
    /** What we would sign, but for the change. */
    function forged({ header = {}, claims = {}, alg = 'HS256', secret = SECRET }: Change = {}): string {
      const iat = Math.floor(clock / 1000);
      const all = { iat, exp: iat + 600, iss: 'sangkuriang', aud: 'sangkuriang', sub: userId, roles: [] };
      const kept = Object.entries({ ...all, fam: family, ...claims }).filter(
        ([, value]) => value !== undefined,
      );
      return jwt.sign(Object.fromEntries(kept), secret, {
        algorithm: alg,
        header: { alg, ...HEADER, ...header },
      });
    }

    it('are taken as we sign them', async () => {
      expect((await whoAmI(forged())).status).to.equal(200);
      expect(access.verify(forged())).to.deep.equal({
        kind: 'user',
        userId,
        roles: [],
        family,
        expiresAt: (Math.floor(clock / 1000) + 600) * 1000,
      });
    });

    const changes: Record<string, Change> = {
      'another algorithm of the same family, HS512': { alg: 'HS512' },
      'another algorithm of the same family, HS384': { alg: 'HS384' },
      'no algorithm at all': { alg: 'none', secret: '' },
      'another secret': { secret: `${SECRET}!` },
      'no expiry': { claims: { exp: undefined } },
      'an expiry that is no number': { claims: { exp: undefined, expires: 'never' } },
      'no time of issue': { claims: { iat: undefined } },
      'another audience': { claims: { aud: 'another-house' } },
      'no audience': { claims: { aud: undefined } },
      'another issuer': { claims: { iss: 'another-house' } },
      'no user': { claims: { sub: undefined } },
      'no session family': { claims: { fam: undefined } },
      'roles that we do not have': { claims: { roles: ['root'] } },
      'roles that are no list': { claims: { roles: 'admin' } },
      'another type': { header: { typ: 'JWT' } },
      'a key that we do not have': { header: { kid: 'k2' } },
      'a key from the prototype': { header: { kid: '__proto__' } },
    };
    for (const [what, change] of Object.entries(changes)) {
      it(`are refused with ${what}`, async () => {
        // jsonwebtoken itself writes `iat` when there is none, so that one is signed by hand.
        const token = 'iat' in (change.claims ?? {}) ? withoutIat(forged()) : forged(change);
        const answer = await whoAmI(token);
        expect(answer.status).to.equal(401);
        expect(answer.body.code).to.equal('unauthenticated');
        expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
      });
    }

    function withoutIat(token: string): string {
      const [header, payload = ''] = token.split('.');
      const { iat: _, ...rest } = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const signed = `${header}.${Buffer.from(JSON.stringify(rest)).toString('base64url')}`;
      return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
    }

    it('are refused when a byte of them was changed, or when they are no tokens', async () => {
      const [header, payload = '', signature] = forged().split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const raised = Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url');
      for (const token of [`${header}.${raised}.${signature}`, 'x', 'a.b.c', '..', 'x'.repeat(5_000)]) {
        expect((await whoAmI(token)).status, token.slice(0, 20)).to.equal(401);
      }
    });

    it('die after ten minutes', async () => {
      const { accessToken } = await register();
      clock += ACCESS_TOKEN_MS - 1;
      expect((await whoAmI(accessToken)).status).to.equal(200);
      clock += 1;
      expect((await whoAmI(accessToken)).status).to.equal(401);
    });

    it('are asked for where a guest may not go', async () => {
      const answer = await ask('/me', { method: 'GET' });
      expect(answer.status).to.equal(401);
      expect(answer.body.code).to.equal('unauthenticated');
    });

    it('are read from one scheme alone; who shows something else is no guest', async () => {
      const hall = (headers: Record<string, string>) => ask('/hall', { method: 'GET', headers });
      expect((await hall({})).body).to.deep.equal({ kind: 'guest' });
      for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer x', forged()]) {
        expect((await hall({ authorization })).status, authorization.slice(0, 10)).to.equal(401);
      }
      expect((await hall({ authorization: `bearer ${forged()}` })).body).to.deep.equal({ kind: 'user' });
    });

    it('of an older key are good until that key is taken away', () => {
      const older = { secrets: { k1: SECRET }, signWith: 'k1' };
      const both = { secrets: { k1: SECRET, k2: `${SECRET} 2` }, signWith: 'k2' };
      const newer = { secrets: { k2: `${SECRET} 2` }, signWith: 'k2' };
      const [a, b, c] = [older, both, newer].map((keys) => tokens({ ...keys, revocations: revoked, now }));
      const of = { userId, roles: [], family, at: now() };
      expect(b?.verify(a?.issue(of).accessToken ?? '').userId).to.equal(userId);
      expect(c?.verify(b?.issue(of).accessToken ?? '').userId).to.equal(userId);
      expect(() => c?.verify(a?.issue(of).accessToken ?? '')).to.throw(Refusal);
    });

    it('are never signed with a short secret', () => {
      const short = { secrets: { k1: 'x'.repeat(31) }, signWith: 'k1', revocations: revoked };
      expect(() => tokens(short)).to.throw('at least 32 bytes');
      expect(() => tokens({ ...short, secrets: { k1: SECRET }, signWith: 'k2' })).to.throw(
        'no token secret k2',
      );
    });
  });

  describe('revocations in memory', () => {
    const token = (issuedAt: number, userId = 'ada', family = 'f1') => ({ userId, family, issuedAt });

    it('concern a family for good, and a user until the moment they were heard', () => {
      const list = revocations({ now });
      list.revoked('ada', 'f1');
      expect(list.isRevoked(token(clock + 1))).to.equal(true);
      expect(list.isRevoked(token(clock, 'ada', 'f2'))).to.equal(false);
      list.revoked('ada', null);
      expect(list.isRevoked(token(clock, 'ada', 'f2'))).to.equal(true);
      expect(list.isRevoked(token(clock + 1, 'ada', 'f2'))).to.equal(false);
      expect(list.isRevoked(token(clock, 'budi', 'f3'))).to.equal(false);
    });

    it('are forgotten when no token can be left that they concern', () => {
      const list = revocations({ now });
      list.revoked('ada', 'f1');
      list.revoked('ada', null);
      clock += ACCESS_TOKEN_MS;
      list.revoked('budi', 'f2');
      expect(list.size).to.equal(1);
    });

    it('are bounded: whom a forgotten one may concern has to refresh', () => {
      const list = revocations({ now, max: 2 });
      for (const family of ['f1', 'f2', 'f3']) {
        list.revoked('ada', family);
        clock += 1_000;
      }
      expect(list.size).to.equal(2);
      expect(list.isRevoked(token(clock - 3_001)), 'of the forgotten').to.equal(true);
      expect(list.isRevoked(token(clock, 'budi', 'f9')), 'younger than the forgotten').to.equal(false);
    });

    it('are heard by another process through the bus, and read by one that starts later', async () => {
      const { cookie, accessToken } = await register();
      const elsewhere = revocations({ now });
      const verifies = (list: Revocations) =>
        tokens({ secrets: { k1: SECRET }, signWith: 'k1', revocations: list, now });
      const unsubscribe = bus.subscribe(elsewhere.hear);
      expect(verifies(elsewhere).verify(accessToken).kind).to.equal('user');
      await logout(cookie);
      await until(() => elsewhere.size > 0, { what: 'the revocation' });
      unsubscribe();
      expect(() => verifies(elsewhere).verify(accessToken)).to.throw(Refusal);

      const later = revocations({ now });
      expect(verifies(later).verify(accessToken).kind).to.equal('user');
      await recallRevocations({ db, revocations: later, now });
      expect(() => verifies(later).verify(accessToken)).to.throw(Refusal);
    });
  });

  describe('staff roles', () => {
    it('are given on the command line; the next token has them and the old one is withdrawn', async () => {
      const { email, id, cookie, accessToken } = await register();
      const unsubscribe = bus.subscribe(revoked.hear);
      const desk = (token: string) =>
        ask('/desk', { method: 'GET', headers: { authorization: `Bearer ${token}` } });
      expect((await ask('/desk', { method: 'GET' })).status).to.equal(401);
      expect((await desk(accessToken)).status).to.equal(403);

      const roles = await grant({ db, bus }, { email: email.toUpperCase(), role: 'moderator' });
      expect(roles).to.deep.equal(['moderator']);
      expect(await revocationsOf(id)).to.deep.equal([{ userId: id, sessionFamily: null, reason: 'roles' }]);
      await until(async () => (await desk(accessToken)).status === 401, { what: 'the old token to die' });

      clock += 1;
      const renewed = await refresh(cookie);
      expect(renewed.body.user.roles).to.deep.equal(['moderator']);
      expect((await desk(renewed.body.accessToken)).status).to.equal(200);

      expect(await grant({ db, bus }, { email, role: 'moderator' })).to.deep.equal(['moderator']);
      expect(await revocationsOf(id), 'a role that is held already is no news').to.have.length(1);
      expect(await grant({ db, bus }, { email, role: 'moderator', take: true })).to.deep.equal([]);
      await until(async () => (await desk(renewed.body.accessToken)).status === 401);
      unsubscribe();
    });

    it('include all others in that of an admin', async () => {
      const { email } = await register();
      await grant({ db, bus }, { email, role: 'admin' });
      const { body } = await login(email);
      const headers = { authorization: `Bearer ${body.accessToken}` };
      expect((await ask('/desk', { method: 'GET', headers })).status).to.equal(200);
    });

    it('are not given to nobody', async () => {
      const refusal = await refusalOf(grant({ db, bus }, { email: anEmail(), role: 'finance' }));
      expect(refusal.code).to.equal('not-found');
    });
  });

  describe('passwords', () => {
    it('over 72 bytes are refused, not cut', async () => {
      const email = anEmail();
      const long = 'ä'.repeat(36);
      const tooLong = await ask('/auth/register', { body: { email, password: `${long}x`, name: 'Ada' } });
      expect(tooLong.status).to.equal(400);
      expect(tooLong.body.errors?.[0]?.path).to.equal('password');
      expect((await ask('/auth/register', { body: { email, password: long, name: 'Ada' } })).status).to.equal(
        201,
      );
      expect((await login(email, long)).status).to.equal(200);
      expect((await login(email, `${long}x`)).status, 'the same first 72 bytes').to.equal(401);
      // Compatibility forms grow when they are normalised: one character of 3 bytes becomes 18 of 33.
      expect((await refusalOf(pool.hash('\ufdfa'.repeat(8)))).code).to.equal('invalid-input');
    });

    it('are hashed beside the event loop: it goes on while eight people sign in', async () => {
      const strong = passwords();
      try {
        const hash = await strong.hash(PASSWORD);
        expect(hash).to.match(/^\$2b\$12\$/);
        let verifying = 8;
        const all = Promise.all(
          Array.from({ length: verifying }, async () => {
            expect(await strong.verify(PASSWORD, hash)).to.equal(true);
            verifying -= 1;
          }),
        );
        // On the event loop not one turn would come before the last hash is done.
        let turns = 0;
        while (verifying === 8) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          turns += 1;
        }
        expect(verifying).to.be.greaterThan(0);
        expect(turns).to.be.greaterThan(5);
        await all;
      } finally {
        await strong.close();
      }
    });

    it('are hashed by the built product as by the sources', async () => {
      const built = pathToFileURL(join(root, 'dist/server/domain/accounts/passwords.js')).href;
      const script = `import { passwords } from ${JSON.stringify(built)};
        const pool = passwords({ cost: ${COST} });
        const hash = await pool.hash('satu');
        console.log(await pool.verify('satu', hash), await pool.verify('dua', hash));
        await pool.close();`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
      expect(stdout.trim()).to.equal('true false');
    });

    it('are refused, not queued without end, when too many come at once', async () => {
      const small = passwords({ cost: 10, queueMax: 1 });
      try {
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, () => small.verify(PASSWORD, null)),
        );
        const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
        expect(refused.length).to.be.within(5, 9);
        for (const reason of refused)
          expect(reason).to.be.instanceOf(Refusal).and.include({ code: 'unavailable' });
        expect(await small.verify(PASSWORD, null)).to.equal(false);
      } finally {
        await small.close();
      }
    });
  });

  describe('limits', () => {
    async function withLimits<T>(
      options: { budgets?: Partial<Record<LimitName, Budget>>; store?: Store; factor?: number },
      work: (url: string) => Promise<T>,
    ): Promise<T> {
      const { server, url } = await listen(app(limits({ ...options, onFault })));
      try {
        return await work(url);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }
    const from = (ip: string) => ({ 'x-forwarded-for': ip });
    const guess = (url: string, email: string, ip: string, password = 'salah sama sekali') =>
      ask(`${url}/auth/login`, { body: { email, password }, headers: from(ip) });

    it('hold sign-ins of one address to 25 in five minutes, and tell when to come again', () =>
      withLimits({}, async (url) => {
        for (let n = 1; n <= 25; n += 1)
          expect((await guess(url, anEmail(), '192.0.2.1')).status).to.equal(401);
        const answer = await guess(url, anEmail(), '192.0.2.1');
        expect(answer.status).to.equal(429);
        expect(answer.body.code).to.equal('too-many-requests');
        expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 300);
        expect(answer.headers.get('ratelimit-policy')).to.contain('"loginByAddress";q=25;w=300');
        expect(answer.headers.get('ratelimit')).to.match(/"loginByAddress";r=0;t=\d+/);
        expect(answer.headers.get('ratelimit')).to.match(/"write";r=274;t=\d+/);
        expect((await guess(url, anEmail(), '192.0.2.2')).status).to.equal(401);
      }));

    it('hold guesses at one e-mail to 25 in an hour, from wherever they come', () =>
      withLimits({}, async (url) => {
        const { email } = await register();
        for (let n = 1; n <= 25; n += 1) {
          expect((await guess(url, n % 2 ? email : email.toUpperCase(), `192.0.2.${n}`)).status).to.equal(
            401,
          );
        }
        const answer = await guess(url, email, '192.0.2.99', PASSWORD);
        expect(answer.status).to.equal(429);
        expect(answer.headers.get('ratelimit-policy')).to.contain('"loginByEmail";q=25;w=3600');
      }));

    it('do not count against an e-mail whose password is right', () =>
      withLimits(
        { budgets: { loginByEmail: { points: 2, seconds: 60, onFault: 'closed' } } },
        async (url) => {
          const { email } = await register();
          for (let n = 1; n <= 4; n += 1) {
            expect((await guess(url, email, '192.0.2.1', PASSWORD)).status).to.equal(200);
          }
          expect((await guess(url, email, '192.0.2.1')).status).to.equal(401);
          expect((await guess(url, email, '192.0.2.1')).status).to.equal(401);
          expect((await guess(url, email, '192.0.2.1', PASSWORD)).status).to.equal(429);
        },
      ));

    it('take all addresses of an IPv6 /64 for one caller', () =>
      withLimits({ budgets: { signUp: { points: 1, seconds: 60, onFault: 'closed' } } }, async (url) => {
        const signUp = (ip: string) =>
          ask(`${url}/auth/register`, {
            body: { email: anEmail(), password: PASSWORD, name: 'Ada' },
            headers: from(ip),
          });
        expect((await signUp('2001:db8:0:1::1')).status).to.equal(201);
        expect((await signUp('2001:db8:0:1:ffff::2')).status).to.equal(429);
        expect((await signUp('2001:db8:0:2::1')).status).to.equal(201);
        expect((await signUp('::ffff:192.0.2.1')).status).to.equal(201);
        expect((await signUp('192.0.2.1')).status).to.equal(429);
      }));

    it('give reading a larger budget of its own', () => {
      const budgets: Partial<Record<LimitName, Budget>> = {
        read: { points: 3, seconds: 60, onFault: 'open' },
        write: { points: 1, seconds: 60, onFault: 'open' },
      };
      return withLimits({ budgets }, async (url) => {
        const read = () => ask(`${url}/me`, { method: 'GET' });
        expect((await guess(url, anEmail(), '127.0.0.1')).status).to.equal(401);
        expect((await guess(url, anEmail(), '127.0.0.1')).status).to.equal(429);
        for (const status of [401, 401, 401, 429]) expect((await read()).status).to.equal(status);
      });
    });

    it('are multiplied for load tests', () =>
      withLimits({ factor: 2 }, async (url) => {
        const answer = await guess(url, anEmail(), '192.0.2.1');
        expect(answer.headers.get('ratelimit-policy')).to.contain('"loginByAddress";q=50;w=300');
      }));

    it('close the door to guesses when the store fails, and leave the others open', async () => {
      const { cookie } = await register();
      const broken: Store = () => ({
        consume: () => Promise.reject(new Error('the store is away')),
        reward: () => Promise.reject(new Error('the store is away')),
      });
      await withLimits({ store: broken }, async (url) => {
        const login = await guess(url, anEmail(), '192.0.2.1');
        expect(login.status).to.equal(503);
        expect(login.body.code).to.equal('unavailable');
        expect((await ask(`${url}/auth/refresh`, withCookie(cookie))).status).to.equal(200);
      });
      expect(faults.splice(0)).to.have.length.greaterThan(2);
    });

    it('count a bounded number of keys; the oldest is forgotten first', async () => {
      const counter = inMemory({ keysMax: 2 })({ name: 'test', points: 10, seconds: 60 });
      const taken = async (key: string) => (await counter.consume(key)).consumedPoints;
      expect(await taken('a')).to.equal(1);
      expect(await taken('b')).to.equal(1);
      expect(await taken('a')).to.equal(2);
      expect(await taken('c')).to.equal(1);
      expect(await taken('b')).to.equal(2);
      expect(await taken('a'), 'forgotten').to.equal(1);
    });

    it('know a store that says "spent" from one that fails, with any counter of the library', async () => {
      const store: Store = ({ name, points, seconds }) =>
        new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
      const budgets: Partial<Record<LimitName, Budget>> = {
        write: { points: 1, seconds: 60, onFault: 'open' },
      };
      await withLimits({ store, budgets }, async (url) => {
        await guess(url, anEmail(), '192.0.2.1');
        expect((await guess(url, anEmail(), '192.0.2.1')).status).to.equal(429);
      });
    });
  });

  describe('the network of an address', () => {
    const cases: [string, string][] = [
      ['192.0.2.7', '192.0.2.7/32'],
      ['::ffff:192.0.2.7', '192.0.2.7/32'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:DB8::1', '2001:db8::/64'],
      ['fe80::1%eth0', 'fe80::/64'],
      ['::1', '::/64'],
      ['', '0.0.0.0/32'],
      ['unknown', '0.0.0.0/32'],
    ];
    for (const [ip, network] of cases) {
      it(`of "${ip}" is ${network}`, async () => {
        expect(networkOf(ip)).to.equal(network);
        // As PostgreSQL will have to read it beside a payment attempt.
        await db.one('select $1::cidr', [networkOf(ip)]);
      });
    }
  });
});

/** The session family that an access token names, whether or not it is still good. */
function familyIn(accessToken: string): string {
  const claims = jwt.decode(accessToken);
  if (typeof claims !== 'object' || typeof claims?.fam !== 'string') throw new Error('no access token');
  return claims.fam;
}
