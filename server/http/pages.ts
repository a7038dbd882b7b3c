import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import { Refusal } from '../domain/refusal.ts';

const YEAR = '365d';

/** What the first picture of a page needs, put into it so that it is drawn before any call is made. */
export type Boot = (path: string) => Promise<unknown>;

/**
 * The built pages of `web/dist`: hashed files for ever, and one shell for every address of a page. `boot` may fail or
 * know nothing; the page then asks for itself.
 */
export function pages({ dist, boot }: { dist: string; boot: Boot }): Router {
  const router = Router();
  const shellFile = join(dist, 'index.html');
  if (!existsSync(shellFile))
    throw new Error(`The pages are not built: ${shellFile} is missing. Run npm run build.`);
  const shell = readFileSync(shellFile, 'utf8');

  router.use(
    '/assets',
    express.static(join(dist, 'assets'), { immutable: true, maxAge: YEAR, index: false, fallthrough: false }),
  );
  router.use(express.static(dist, { index: false, maxAge: '1h' }));
  router.get('/{*path}', async (req, res) => {
    if (/\.\w+$/.test(req.path)) throw new Refusal('not-found', 'There is no such file.');
    const data = await boot(req.path).catch(() => null);
    // `<` may not stand in a script element's text as it is: a story could close the element.
    const json = data ? JSON.stringify(data).replaceAll('<', '\\u003c') : null;
    const script = json ? `<script type="application/json" id="boot">${json}</script>` : '';
    res.set('Cache-Control', 'no-cache');
    res.type('html').send(shell.replace('<!--boot-->', () => script));
  });
  return router;
}
