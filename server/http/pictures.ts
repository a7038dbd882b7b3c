import { Router } from 'express';
import type { Db } from '../db/open.ts';
import { Refusal } from '../domain/refusal.ts';
import { uuid } from '../protocol/schemas/text.ts';

/** Campaigns' pictures, for everyone and for ever: what has an address never changes. Mounted at /pictures. */
export function pictures({ db }: { db: Db }): Router {
  const router = Router();

  router.get('/:id.webp', async (req, res) => {
    const id = String(req.params.id);
    const picture = uuid().validate(id).error ? null : await db.pictures.read(id);
    if (!picture) throw new Refusal('not-found', 'There is no such picture.');
    res.set({
      'Cache-Control': 'public, max-age=31536000, immutable',
      ETag: `"${id}"`,
      // Whatever the bytes may be, no browser takes them for a page or a script.
      'Content-Security-Policy': "default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
    });
    res.type('image/webp').send(picture.bytes);
  });

  return router;
}
