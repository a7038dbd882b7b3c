import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router } from 'express';
import { Refusal } from '../domain/refusal.ts';
import { root } from '../root.ts';

const own = join(root, 'server/http/reader');
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const FILES: Record<string, string> = {
  'swagger-ui.css': swagger,
  'swagger-ui-bundle.js': swagger,
  'reader.css': own,
  'start.js': own,
};

/**
 * The API's description for people, to be mounted at /api/docs. Its files have a digest of all of them in their
 * address and are kept for ever; nothing is fetched from anywhere else.
 */
export function reader(): Router {
  const router = Router();
  const digest = createHash('sha256');
  const files = new Map<string, Buffer>();
  for (const [name, folder] of Object.entries(FILES)) {
    const bytes = readFileSync(join(folder, name));
    digest.update(bytes);
    files.set(name, bytes);
  }
  const version = digest.digest('hex').slice(0, 16);
  const page = readFileSync(join(own, 'index.html'), 'utf8').replaceAll('{version}', version);

  router.get('/', (_req, res) => {
    res.set('Cache-Control', 'no-cache').type('html').send(page);
  });
  router.get(`/${version}/:file`, (req, res) => {
    const bytes = files.get(req.params.file);
    if (!bytes) throw new Refusal('not-found', 'There is no such file.');
    res.set('Cache-Control', 'public, max-age=31536000, immutable').type(req.params.file).send(bytes);
  });
  return router;
}
