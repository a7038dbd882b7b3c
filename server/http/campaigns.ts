import { createHash } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router, raw } from 'express';
import Joi from 'joi';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import { mustEdit } from '../domain/campaigns/access.ts';
import { create } from '../domain/campaigns/create.ts';
import { edit } from '../domain/campaigns/edit.ts';
import { findCampaign } from '../domain/campaigns/find.ts';
import { listCampaigns } from '../domain/campaigns/list.ts';
import { pause, resume } from '../domain/campaigns/pause.ts';
import type { EncodePicture } from '../domain/campaigns/picture-encoder.ts';
import { review } from '../domain/campaigns/review.ts';
import { setPicture } from '../domain/campaigns/set-picture.ts';
import { SLUG_MAX } from '../domain/campaigns/slug.ts';
import type { Stories } from '../domain/campaigns/stories.ts';
import { submit } from '../domain/campaigns/submit.ts';
import { Refusal } from '../domain/refusal.ts';
import { PICTURE_BYTES_MAX } from '../protocol/campaigns.ts';
import {
  campaignChange,
  campaignListQuery,
  campaignRequest,
  reviewRequest,
} from '../protocol/schemas/campaigns.ts';
import { uuid } from '../protocol/schemas/text.ts';
import { principalOf, signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';

export const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];

export const byId = Joi.object<{ id: string }, true>({ id: uuid().required() });
export const byName = Joi.object<{ idOrSlug: string }, true>({
  idOrSlug: Joi.string().lowercase().max(SLUG_MAX).required(),
});

/** Campaigns and what their teams and moderators do with them. Mounted at /api/v1/campaigns, behind the JSON parser. */
export function campaigns({
  db,
  bus,
  stories,
  encode,
  now,
}: {
  db: Db;
  bus: Bus;
  stories: Stories;
  encode: EncodePicture;
  now: () => Date;
}): Router {
  const router = Router();
  const answer = async (res: Response, id: string, status = 200): Promise<void> => {
    const campaign = await findCampaign(db, principalOf(res), { id });
    res.status(status).set('Cache-Control', 'no-store').json({ campaign });
  };
  const idOf = (req: Request): string => check(byId, req.params).id;

  router.get('/', async (req, res) => {
    const page = await listCampaigns({ db, now }, principalOf(res), check(campaignListQuery, req.query));
    sendCached(res, page);
  });

  router.get('/:idOrSlug', async (req, res) => {
    const { idOrSlug } = check(byName, req.params);
    const which = uuid().validate(idOrSlug).error ? { slug: idOrSlug } : { id: idOrSlug };
    const campaign = await findCampaign(db, principalOf(res), which);
    sendCached(res, { campaign });
  });

  router.post('/', async (req, res) => {
    const id = await create({ db, bus, stories, now }, signedIn(res), check(campaignRequest, req.body));
    await answer(res, id, 201);
  });

  router.patch('/:id', async (req, res) => {
    const id = idOf(req);
    await edit({ db, bus, stories, now }, signedIn(res), id, check(campaignChange, req.body));
    await answer(res, id);
  });

  router.post('/:id/submit', async (req, res) => {
    const id = idOf(req);
    await submit({ db, bus, now }, signedIn(res), id);
    await answer(res, id);
  });

  router.post('/:id/review', async (req, res) => {
    const id = idOf(req);
    await review({ db, bus, now }, signedIn(res), id, check(reviewRequest, req.body));
    await answer(res, id);
  });

  router.post('/:id/pause', async (req, res) => {
    const id = idOf(req);
    await pause({ db, bus }, signedIn(res), id);
    await answer(res, id);
  });

  router.post('/:id/resume', async (req, res) => {
    const id = idOf(req);
    await resume({ db, bus, now }, signedIn(res), id);
    await answer(res, id);
  });

  // Whoever may not change the picture is told so before five megabytes of it are read.
  const onlyEditors: RequestHandler = async (req, res, next) => {
    await mustEdit(db, signedIn(res), idOf(req));
    next();
  };
  router.put(
    '/:id/picture',
    onlyEditors,
    raw({ type: PICTURE_TYPES, limit: PICTURE_BYTES_MAX, inflate: false }),
    async (req, res) => {
      if (!Buffer.isBuffer(req.body)) {
        throw new Refusal('unsupported-media', `Send the image itself, as ${PICTURE_TYPES.join(', ')}.`);
      }
      const id = idOf(req);
      await setPicture({ db, bus, encode, now }, signedIn(res), id, req.body);
      await answer(res, id);
    },
  );

  return router;
}

/** With a tag of its content: a guest's page that asks again is answered 304 until there is something new. */
export function sendCached(res: Response, body: object): void {
  const guest = principalOf(res).kind === 'guest';
  const text = JSON.stringify(body);
  res.vary('Authorization').set({
    'Cache-Control': guest ? 'public, no-cache' : 'private, no-store',
    ETag: `W/"${createHash('sha1').update(text).digest('base64url')}"`,
  });
  res.type('json').send(text);
}
