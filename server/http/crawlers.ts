import { type Response, Router } from 'express';
import Joi from 'joi';
import type { Db } from '../db/open.ts';
import { Refusal } from '../domain/refusal.ts';
import { uuid } from '../protocol/schemas/text.ts';
import { check } from './guards/check.ts';
import { type Limits, limitByAddress } from './guards/limit.ts';
import { escaped } from './head.ts';

/** Addresses in one file; the protocol allows 50,000, and this many are read and sent at once. */
const URLS_MAX = 5_000;
/** Files an index may name, by the protocol. */
const FILES_MAX = 50_000;
const MAX_AGE = 'public, max-age=3600';

const byFirst = Joi.object<{ first: string }, true>({ first: uuid().required() });

/** Nothing in these is for everyone; what a campaign's page shows of itself stands in the page. */
const PRIVATE = ['/api', '/me', '/studio', '/review', '/finance', '/d/', '/signin'];

/** What search engines ask for: which pages there are, and which are none of theirs. */
export function crawlers({
  db,
  publicUrl,
  limits,
  urlsMax = URLS_MAX,
}: {
  db: Db;
  publicUrl: string;
  limits: Limits;
  urlsMax?: number;
}): Router {
  const router = Router();
  const send = (res: Response, elements: string): void => {
    res
      .set('Cache-Control', MAX_AGE)
      .type('application/xml')
      .send(`<?xml version="1.0" encoding="UTF-8"?>\n${elements}\n`);
  };
  const file = async (from: string | null): Promise<string> => {
    const campaigns = await db.campaigns.sitemap({ from, limit: urlsMax });
    const entries = campaigns.map(
      ({ slug, changed_at }) =>
        `<url><loc>${escaped(`${publicUrl}/c/${slug}`)}</loc><lastmod>${changed_at.toISOString()}</lastmod></url>`,
    );
    const home = from === null ? [`<url><loc>${escaped(`${publicUrl}/`)}</loc></url>`] : [];
    return `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${[...home, ...entries].join('\n')}\n</urlset>`;
  };

  router.get('/robots.txt', (_req, res) => {
    const lines = ['User-agent: *', ...PRIVATE.map((path) => `Disallow: ${path}`)];
    res
      .set('Cache-Control', MAX_AGE)
      .type('text/plain')
      .send(`${lines.join('\n')}\n\nSitemap: ${publicUrl}/sitemap.xml\n`);
  });

  router.get('/sitemap.xml', limitByAddress(limits.read), async (_req, res) => {
    const [, ...more] = await db.campaigns.sitemapPages({ size: urlsMax, limit: FILES_MAX });
    if (more.length === 0) return send(res, await file(null));
    const files = ['first', ...more].map(
      (name) => `<sitemap><loc>${escaped(`${publicUrl}/sitemaps/${name}.xml`)}</loc></sitemap>`,
    );
    send(
      res,
      `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${files.join('\n')}\n</sitemapindex>`,
    );
  });

  router.get('/sitemaps/:first.xml', limitByAddress(limits.read), async (req, res) => {
    if (req.params.first === 'first') return send(res, await file(null));
    const { first } = check(byFirst, req.params);
    const elements = await file(first);
    if (!elements.includes('<url>')) throw new Refusal('not-found', 'There is no such file.');
    send(res, elements);
  });

  return router;
}
