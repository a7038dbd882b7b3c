import { type Request, type Response, Router } from 'express';
import Joi from 'joi';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import { replayAlert, setOverlay, skipAlert, testAlert } from '../domain/overlays/direct.ts';
import { makeOverlay, renewOverlay, revokeOverlay } from '../domain/overlays/make.ts';
import { openOverlay, readGift, readOverlay } from '../domain/overlays/read.ts';
import type { OverlaySecrets } from '../domain/overlays/secret.ts';
import type { OverlayView } from '../protocol/overlays.ts';
import {
  overlaySettings,
  replayRequest,
  skipRequest,
  testAlertRequest,
} from '../protocol/schemas/overlays.ts';
import { claimToken } from '../protocol/schemas/sockets.ts';
import { byId } from './campaigns.ts';
import { signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';
import type { Limits } from './guards/limit.ts';

/** The secret of the link travels in a header: an address stands in logs, in histories and in other sites' referrers. */
export const BY_LINK = {
  'X-Claim-Token': claimToken.required().description("The secret of the overlay's link."),
};
const byLink = Joi.object<{ secret?: string }, true>({ secret: claimToken });

/** The page that a streamer lays over a broadcast, for its team and for itself. Mounted at the API's root. */
export function overlays(house: {
  db: Db;
  bus: Bus;
  overlaySecrets: OverlaySecrets;
  limits: Pick<Limits, 'overlayLink' | 'overlayAlert'>;
  now: () => Date;
}): Router {
  const { db, limits } = house;
  const router = Router();
  const once = idempotent({ db, now: house.now });
  const idOf = (req: Request): string => check(byId, req.params).id;
  const secretOf = (req: Request): string | undefined =>
    check(byLink, { secret: req.get('x-claim-token') }).secret;

  router.get('/campaigns/:id/overlay', async (req, res) => {
    const overlay = await readOverlay(db, signedIn(res), idOf(req));
    res.set('Cache-Control', 'no-store').json({ overlay });
  });

  const makes =
    (what: 'overlay' | 'overlay/renew', verb: typeof makeOverlay) => async (req: Request, res: Response) => {
      const user = signedIn(res);
      const campaignId = idOf(req);
      await limits.overlayLink.take(user.userId, res);
      res.set('Cache-Control', 'no-store');
      await once(
        req,
        res,
        {
          principal: `user:${user.userId}`,
          route: `POST /campaigns/${campaignId}/${what}`,
          content: null,
        },
        async (id) => ({ status: 201, body: { overlay: await verb(house, user, { id, campaignId }) } }),
        // The answer that is kept for repetitions holds no secret.
        (body) => ({ ...body, secret: house.overlaySecrets.of((body.overlay as OverlayView).id) }),
      );
    };
  router.post('/campaigns/:id/overlay', makes('overlay', makeOverlay));
  router.post('/campaigns/:id/overlay/renew', makes('overlay/renew', renewOverlay));

  router.put('/campaigns/:id/overlay/settings', async (req, res) => {
    const settings = check(overlaySettings, req.body);
    const overlay = await setOverlay(house, signedIn(res), { campaignId: idOf(req), settings });
    res.json({ overlay });
  });

  router.delete('/campaigns/:id/overlay', async (req, res) => {
    await revokeOverlay(house, signedIn(res), idOf(req));
    res.status(204).end();
  });

  /** Once per key: an alert that a bad line sends twice is shown once. */
  const says =
    <T extends object>(
      what: string,
      schema: Joi.Schema<T>,
      verb: (
        by: typeof house,
        user: ReturnType<typeof signedIn>,
        request: T & { campaignId: string },
      ) => Promise<void>,
    ) =>
    async (req: Request, res: Response) => {
      const user = signedIn(res);
      const campaignId = idOf(req);
      const request = check(schema, req.body);
      await limits.overlayAlert.take(campaignId, res);
      await once(
        req,
        res,
        {
          principal: `user:${user.userId}`,
          route: `POST /campaigns/${campaignId}/overlay/${what}`,
          content: request,
        },
        async () => {
          await verb(house, user, { ...request, campaignId });
          return { status: 202, body: {} };
        },
      );
    };
  router.post('/campaigns/:id/overlay/test', says('test', testAlertRequest, testAlert));
  router.post('/campaigns/:id/overlay/replay', says('replay', replayRequest, replayAlert));
  router.post('/campaigns/:id/overlay/skip', says('skip', skipRequest, skipAlert));

  router.get('/overlay', async (req, res) => {
    res.set('Cache-Control', 'no-store').json({ overlay: await openOverlay(db, secretOf(req)) });
  });

  router.get('/overlay/gifts/:id', async (req, res) => {
    const gift = await readGift(db, secretOf(req), idOf(req));
    res.set('Cache-Control', 'no-store').json({ gift });
  });

  return router;
}
