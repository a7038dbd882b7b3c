import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { acting } from '../../server/db/open.ts';
import { passwords } from '../../server/domain/accounts/passwords.ts';
import { resetPassword } from '../../server/domain/accounts/reset.ts';
import type { SignedIn } from '../../server/protocol/accounts.ts';
import { launchChromium } from '../support/chromium.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

type Mail = { to: string; subject: string; text: string };

describe('somebody who forgot a password', () => {
  let platform: TestPlatform;
  let browser: Browser;

  before(async () => {
    platform = await startPlatform();
    browser = await launchChromium();
  });
  after(async () => {
    await browser.close();
    await platform.close();
  });

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${platform.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
      body: JSON.stringify(body),
    });
  const register = async (): Promise<{ email: string; accessToken: string }> => {
    const email = `made-${randomUUID().slice(0, 8)}@example.org`;
    const answer = await post('/auth/register', { email, password: 'sebuah perahu besar', name: 'Made' });
    expect(answer.status).to.equal(201);
    return { email, accessToken: ((await answer.json()) as SignedIn).accessToken };
  };
  const mailsTo = async (email: string): Promise<Mail[]> => {
    const answer = await fetch(`${platform.simulatorUrl}/inbox/messages.json`);
    return ((await answer.json()) as { messages: Mail[] }).messages.filter(({ to }) => to === email);
  };
  const linkTo = async (email: string, path: string): Promise<string> => {
    const mail = await until(
      async () => (await mailsTo(email)).find(({ text }) => text.includes(`/${path}#`)),
      {
        timeoutMs: 20_000,
        what: `a mail with a link to ${path}`,
      },
    );
    return new RegExp(`\\S+/${path}#\\S+`).exec(mail.text)?.[0] ?? '';
  };
  const askFor = async (email: string): Promise<string> => {
    expect((await post('/auth/forgot-password', { email })).status).to.equal(202);
    const link = await linkTo(email, 'reset');
    return link.slice(link.indexOf('#') + 1);
  };

  it('chooses a new one by a link, and every other device is signed out', async () => {
    const { email, accessToken } = await register();
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'id-ID' });
    await page.goto(`${platform.url}/signin`);
    await page.getByRole('link', { name: 'Lupa kata sandi?' }).click();
    // The page before has a field of the same name.
    await page.getByRole('heading', { name: 'Lupa kata sandi' }).waitFor();
    await page.getByLabel('Surel').fill(email);
    await page.getByRole('button', { name: 'Kirim tautan' }).click();
    await page.getByText('tautannya sedang dikirim').waitFor();

    await page.goto(await linkTo(email, 'reset'));
    await page.getByLabel('Kata sandi baru').fill('gunung yang terbalik');
    await page.getByRole('button', { name: 'Simpan' }).click();
    await page.getByRole('heading', { name: 'Kata sandi sudah diganti' }).waitFor();
    expect(page.url()).not.to.contain('#');
    const me = await fetch(`${platform.url}/api/v1/me`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(me.status, 'the old session').to.equal(401);

    await page.getByRole('main').getByRole('link', { name: 'Masuk' }).click();
    await page.getByLabel('Surel').fill(email);
    await page.getByLabel('Kata sandi', { exact: true }).fill('gunung yang terbalik');
    await page.getByRole('button', { name: 'Masuk', exact: true }).click();
    await page.waitForURL(`${platform.url}/`);
    expect((await post('/auth/login', { email, password: 'sebuah perahu besar' })).status).to.equal(401);
    await until(async () =>
      (await mailsTo(email)).some(({ subject }) => subject === 'Your password was changed'),
    );
    await page.close();
  });

  it('confirms an address by opening a link', async () => {
    const { email, accessToken } = await register();
    const me = async () => {
      const answer = await fetch(`${platform.url}/api/v1/me`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      return ((await answer.json()) as { user: { emailVerified: boolean } }).user.emailVerified;
    };
    expect(await me()).to.equal(false);
    const link = await linkTo(email, 'verify-email');
    const page = await browser.newPage({ locale: 'id-ID' });
    await page.goto(link);
    await page.getByText('Alamat surel Anda sudah dikonfirmasi.').waitFor();
    expect(await me()).to.equal(true);
    await page.goto('about:blank');
    await page.goto(`${link.slice(0, -4)}AAAA`);
    await page.getByRole('heading', { name: 'Tautan ini tidak berlaku' }).waitFor();
    await page.close();
  });

  it('uses a link once, however many try at the same time, and only the newest', async () => {
    const { email } = await register();
    const first = await askFor(email);
    await post('/auth/forgot-password', { email });
    const second = await until(
      async () => {
        const links = (await mailsTo(email)).map(({ text }) => /reset#(\S+)/.exec(text)?.[1]);
        return links.find((token) => token && token !== first);
      },
      { timeoutMs: 20_000 },
    );
    const answers = await Promise.all(
      [first, second, second, second].map((token) =>
        post('/auth/reset-password', { token, password: 'kata sandi yang baru' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 400, 400, 400]);
    expect(answers[0]?.status, 'the older link').to.equal(400);
  });

  it('finds a link void after half an hour', async () => {
    const { email } = await register();
    const token = await askFor(email);
    const later = new Date(Date.now() + 30 * 60_000 + 1_000);
    const hashing = passwords({ cost: 4 });
    const refusal = await resetPassword(
      { ...platform.house, passwords: hashing, now: () => later },
      { token, password: 'kata sandi yang baru' },
    ).catch((error: unknown) => String(error));
    await hashing.close();
    expect(refusal).to.contain('does not work any more');
    expect((await post('/auth/reset-password', { token, password: 'kata sandi yang baru' })).status).to.equal(
      204,
    );
  });

  it('learns nothing about who has an account', async () => {
    const { email } = await register();
    const nobody = `nobody-${randomUUID().slice(0, 8)}@example.org`;
    const [known, unknown] = await Promise.all(
      [email, nobody].map((address) => post('/auth/forgot-password', { email: address })),
    );
    expect([known?.status, await known?.text()]).to.deep.equal([unknown?.status, await unknown?.text()]);
    await linkTo(email, 'reset');
    await until(async () => {
      const left = await acting(platform.house.db, 'system', 'test', (tx) =>
        tx.any('select from sk.outbox where recipient = $1 and status <> $2', [nobody, 'dropped']),
      );
      return left.length === 0;
    });
    expect(await mailsTo(nobody)).to.deep.equal([]);
  });
});
