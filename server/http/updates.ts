import { type Request, type RequestHandler, Router, raw } from 'express';
import Joi from 'joi';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import { mustEdit } from '../domain/campaigns/access.ts';
import type { EncodePicture } from '../domain/campaigns/picture-encoder.ts';
import type { Stories } from '../domain/campaigns/stories.ts';
import { Refusal } from '../domain/refusal.ts';
import { addPicture } from '../domain/updates/add-picture.ts';
import { follow, isFollowing, unfollow } from '../domain/updates/follow.ts';
import { hideUpdate } from '../domain/updates/hide.ts';
import { listUpdates } from '../domain/updates/list.ts';
import { postUpdate, previewUpdate } from '../domain/updates/post.ts';
import { readStanding, resubscribe, type Unsubscribing, unsubscribe } from '../domain/updates/unsubscribe.ts';
import { PICTURE_BYTES_MAX } from '../protocol/campaigns.ts';
import { uuid } from '../protocol/schemas/text.ts';
import {
  previewRequest,
  unsubscribeQuery,
  updateListQuery,
  updateRequest,
} from '../protocol/schemas/updates.ts';
import { byId, PICTURE_TYPES } from './campaigns.ts';
import { principalOf, signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';
import { localeOf } from './guards/locale.ts';

export const byBoth = Joi.object<{ id: string; updateId: string }, true>({
  id: uuid().required(),
  updateId: uuid().required(),
});

/** What teams tell their donors, who follows, and who would rather not. Mounted at the API's root. */
export function updates(house: {
  db: Db;
  bus: Bus;
  stories: Stories;
  encode: EncodePicture;
  unsubscribing: Unsubscribing;
  now: () => Date;
}): Router {
  const { db } = house;
  const router = Router();
  const once = idempotent({ db, now: house.now });
  const idOf = (req: Request): string => check(byId, req.params).id;
  router.use('/unsubscribe', (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/campaigns/:id/updates', async (req, res) => {
    const page = await listUpdates(db, principalOf(res), {
      campaignId: idOf(req),
      ...check(updateListQuery, req.query),
    });
    res.set('Cache-Control', 'no-cache').json(page);
  });

  router.post('/campaigns/:id/updates', async (req, res) => {
    const user = signedIn(res);
    const campaignId = idOf(req);
    const request = check(updateRequest, req.body);
    await once(
      req,
      res,
      {
        principal: `user:${user.userId}`,
        route: `POST /campaigns/${campaignId}/updates`,
        content: request,
      },
      async (id) => ({
        status: 201,
        body: { update: await postUpdate(house, user, { id, campaignId, request }) },
      }),
    );
  });

  router.post('/campaigns/:id/updates/preview', async (req, res) => {
    const { text } = check(previewRequest, req.body);
    const html = await previewUpdate(house, signedIn(res), idOf(req), text);
    res.set('Cache-Control', 'no-store').json({ html });
  });

  // Whoever may not post is told so before five megabytes are read.
  const onlyEditors: RequestHandler = async (req, res, next) => {
    await mustEdit(db, signedIn(res), idOf(req));
    next();
  };
  router.post(
    '/campaigns/:id/updates/pictures',
    onlyEditors,
    raw({ type: PICTURE_TYPES, limit: PICTURE_BYTES_MAX, inflate: false }),
    async (req, res) => {
      if (!Buffer.isBuffer(req.body)) {
        throw new Refusal('unsupported-media', `Send the image itself, as ${PICTURE_TYPES.join(', ')}.`);
      }
      const picture = await addPicture(house, signedIn(res), idOf(req), req.body);
      res.status(201).json({ picture });
    },
  );

  router.delete('/campaigns/:id/updates/:updateId', async (req, res) => {
    const { id: campaignId, updateId } = check(byBoth, req.params);
    await hideUpdate(house, signedIn(res), { id: updateId, campaignId });
    res.status(204).end();
  });

  router.get('/campaigns/:id/follow', async (req, res) => {
    const following = await isFollowing(db, signedIn(res), idOf(req));
    res.set('Cache-Control', 'no-store').json({ following });
  });

  router.post('/campaigns/:id/follow', async (req, res) => {
    await follow(house, signedIn(res), { campaignId: idOf(req), locale: localeOf(req) });
    res.status(204).end();
  });

  router.delete('/campaigns/:id/follow', async (req, res) => {
    await unfollow(house, signedIn(res), idOf(req));
    res.status(204).end();
  });

  router.get('/unsubscribe', async (req, res) => {
    res.json(await readStanding(house, check(unsubscribeQuery, req.query).token));
  });

  // RFC 8058: mail programs post a form here, of which the address says everything; the body is not read.
  router.post('/unsubscribe', async (req, res) => {
    res.json(await unsubscribe(house, check(unsubscribeQuery, req.query)));
  });

  router.post('/unsubscribe/undo', async (req, res) => {
    res.json(await resubscribe(house, check(unsubscribeQuery, req.query)));
  });

  return router;
}
