import { Router } from 'express';
import Joi from 'joi';
import type { Db } from '../db/open.ts';
import { GUEST } from '../domain/accounts/principal.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { SLUG_MAX } from '../domain/campaigns/slug.ts';
import { type Posters, versionOf } from '../domain/sharing/posters.ts';
import { wordsOf } from '../domain/sharing/words.ts';
import { uuid } from '../protocol/schemas/text.ts';
import { check } from './guards/check.ts';
import { type Limits, limitByAddress } from './guards/limit.ts';

const MAX_AGE_SECONDS = 600;

const byName = Joi.object<{ idOrSlug: string }, true>({
  idOrSlug: Joi.string().lowercase().max(SLUG_MAX).required(),
});
/** The version only tells pictures apart for those who keep them: what is drawn is always how things stand. */
const query = Joi.object<{ v?: string }, true>({ v: Joi.string().hex().max(64) });

/** The pictures that stand beside a campaign's address where it is passed on. Mounted at /og. */
export function og({ db, posters, limits }: { db: Db; posters: Posters; limits: Limits }): Router {
  const router = Router();

  router.get('/:idOrSlug.jpg', limitByAddress(limits.read), async (req, res) => {
    const { idOrSlug } = check(byName, req.params);
    check(query, req.query);
    const which = uuid().validate(idOrSlug).error ? { slug: idOrSlug } : { id: idOrSlug };
    const words = wordsOf(await findCampaign(db, GUEST, which));
    res.set({
      ETag: `"${versionOf(words)}"`,
      'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
      // Other sites show it in their previews.
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    // Whoever has it already costs no drawing.
    if (req.fresh) res.status(304).end();
    else res.type('image/jpeg').send(await posters.draw(words));
  });

  return router;
}
