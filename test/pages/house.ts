import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { BrowserContext, BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core';
import { DEMO_PASSWORD } from '../../server/demo/seed.ts';
import { grant } from '../../server/domain/accounts/grant.ts';
import type { StaffRole } from '../../server/protocol/accounts.ts';
import { launchChromium } from '../support/chromium.ts';
import { expectBalancedBooks } from '../support/house.ts';
import { startPlatform } from '../support/platform.ts';
import { visitor } from '../support/visitor.ts';

/** Everybody's browser unless a test says otherwise. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  locale: 'id-ID',
  timezoneId: 'Asia/Jakarta',
} as const;

/** The whole platform, and the browsers of those who come to its pages. */
export async function openPages() {
  const platform = await startPlatform();
  const outside = visitor(platform);
  const browser = await launchChromium();
  const { house } = platform;
  const contexts: BrowserContext[] = [];

  async function context(options: BrowserContextOptions): Promise<BrowserContext> {
    const opened = await browser.newContext(options);
    contexts.push(opened);
    return opened;
  }
  return {
    platform,
    outside,
    /** A browser that ends with the test. */
    context,

    /** Somebody with a phone of their own, and what breaks in their page. */
    async somebody(more: BrowserContextOptions = {}) {
      const own = await context({ ...PHONE, ...more });
      const page = await own.newPage();
      page.setDefaultTimeout(15_000);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      return { context: own, page, errors };
    },

    /** An account that can be signed in with. */
    async account({ name = 'Ayu Lestari', staff }: { name?: string; staff?: StaffRole | null } = {}) {
      const email = `${randomUUID()}@example.org`;
      const { answer } = await house.accounts.register({ email, password: DEMO_PASSWORD, name });
      if (staff) await grant(house, { email, role: staff });
      return { email, userId: answer.user.id };
    },

    /** Takes somebody into the team of a campaign. */
    async join(campaignId: string, userId: string, role: 'owner' | 'editor' | 'viewer'): Promise<void> {
      await house.db.none(
        'insert into sk.campaign_members (campaign_id, user_id, role) values ($1, $2, $3)',
        [campaignId, userId, role],
      );
    },

    async slugOf(campaignId: string): Promise<string> {
      const { slug } = await house.db.one<{ slug: string }>(
        'select slug from sk.campaigns where id = $1',
        campaignId,
      );
      return slug;
    },

    /** After each test: nothing of it stays open, nothing was our fault, and the books balance. */
    async clear(): Promise<void> {
      for (const one of contexts.splice(0)) await one.close();
      expect(outside.faults.splice(0).map(({ where, fault }) => `${where}: ${fault}`)).to.deep.equal([]);
      await expectBalancedBooks(house.db);
    },

    async close(): Promise<void> {
      await browser.close();
      outside.close();
      await platform.close();
    },
  };
}
export type TestPages = Awaited<ReturnType<typeof openPages>>;

/** Through the page for it. With `next` the page that was asked for must come, without it any other. */
export async function signIn(
  page: Page,
  platformUrl: string,
  { email, password = DEMO_PASSWORD, next }: { email: string; password?: string; next?: string },
): Promise<void> {
  const asked = new URL(next ?? '/', platformUrl);
  await page.goto(`${platformUrl}/signin${next ? `?next=${encodeURIComponent(next)}` : ''}`);
  await page.getByLabel('Surel').fill(email);
  await page.getByLabel('Kata sandi', { exact: true }).fill(password);
  await page.locator('form').getByRole('button', { name: 'Masuk', exact: true }).click();
  await page.waitForURL(({ pathname }) =>
    next ? pathname === asked.pathname : !pathname.startsWith('/signin'),
  );
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
type Axe = {
  run(context: Document | object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
};

/** What axe finds wrong in a page that was opened with `bypassCSP`; `exclude` is a selector. */
export async function faultsOf(page: Page, { exclude }: { exclude?: string } = {}): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: AXE });
  return page.evaluate(async (left) => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run(left ? { exclude: [left] } : document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }, exclude);
}

/** The same, looked at in both lights without opening it twice. */
export async function faultsByDayAndNight(page: Page): Promise<string[]> {
  const faults: string[] = [];
  const grounds = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    faults.push(...(await faultsOf(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  if (grounds.size < 2) faults.push('looks the same by night');
  return faults;
}

/** By how many pixels a page is wider than its window. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** The page's socket, which can be taken away and given back. Asked for before the page is opened. */
export async function lineOf(page: Page) {
  const wires: WebSocketRoute[] = [];
  let isDown = false;
  await page.routeWebSocket(/socket\.io/, (socket) => {
    if (isDown) {
      void socket.close();
    } else {
      socket.connectToServer();
      wires.push(socket);
    }
  });
  return {
    async cut() {
      isDown = true;
      for (const wire of wires.splice(0)) await wire.close();
    },
    mend() {
      isDown = false;
    },
  };
}

/** What a campaign's page says was raised. */
export const raisedOn = async (page: Page): Promise<number> =>
  Number(((await page.locator('.hero-total').textContent()) ?? '').replace(/\D/g, ''));
