import { join } from 'node:path';
import express, { Router } from 'express';
import { Refusal } from '../domain/refusal.ts';
import { bootElement, built } from './built.ts';

const YEAR = '365d';
/** What stands in the shell where nothing else is known of a page: for the development server. */
const HEAD = /<!--head-->[\s\S]*?<!--\/head-->/;

/**
 * `head` are elements for those who run no script. `data` is what the first picture of a page needs, put into it so
 * that it is drawn before any call is made.
 */
export type Page = { status: 200 | 404; head: string; data: unknown } | { movedTo: string };
/** `path` is as it was asked for, without its query. */
export type Boot = (path: string) => Promise<Page>;

/**
 * The built pages of `web/dist`: hashed files for ever, and one shell for every address of a page. `boot` may fail; the
 * page then asks for itself, under the shell's own title.
 */
export function pages({ dist, boot }: { dist: string; boot: Boot }): Router {
  const router = Router();
  const shell = built(dist, 'index.html');
  if (!HEAD.test(shell))
    throw new Error(`index.html in ${dist} has no place for a page's head. Run npm run build.`);
  const overlay = built(dist, 'overlay/index.html');

  router.use(
    '/assets',
    express.static(join(dist, 'assets'), { immutable: true, maxAge: YEAR, index: false, fallthrough: false }),
  );
  router.use(express.static(dist, { index: false, maxAge: '1h' }));
  // A page of its own, without the site's frame, its words and its head.
  router.get('/overlay', (_req, res) => {
    res.set('Cache-Control', 'no-cache').type('html').send(overlay);
  });
  router.get('/{*path}', async (req, res) => {
    if (/\.\w+$/.test(req.path)) throw new Refusal('not-found', 'There is no such file.');
    const page = await boot(req.path).catch(() => null);
    // Also a browser that goes elsewhere for good asks again: a title may go back to what it was.
    res.set('Cache-Control', 'no-cache');
    if (page && 'movedTo' in page) {
      const { search } = new URL(req.originalUrl, 'http://localhost');
      res.redirect(301, `${page.movedTo}${search}`);
      return;
    }
    const script = page?.data ? bootElement(page.data) : '';
    const filled = page ? shell.replace(HEAD, () => page.head) : shell;
    res
      .status(page?.status ?? 200)
      .type('html')
      .send(filled.replace('<!--boot-->', () => script));
  });
  return router;
}
