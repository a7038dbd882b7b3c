import { createHash } from 'node:crypto';
import { Router } from 'express';

/** Serves a description of what we offer, written once; whoever has it already is told so. */
export function described(path: `/${string}`, description: object): Router {
  const text = JSON.stringify(description);
  const etag = `W/"${createHash('sha1').update(text).digest('base64url')}"`;
  const router = Router();
  router.get(path, (_req, res) => {
    res.set({ 'Cache-Control': 'public, no-cache', ETag: etag }).type('json').send(text);
  });
  return router;
}
