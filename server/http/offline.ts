import { type Request, Router } from 'express';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import { approveOffline, enterOffline, listOffline, rejectOffline } from '../domain/donations/offline.ts';
import {
  offlineApproval,
  offlineQuery,
  offlineRejection,
  offlineRequest,
} from '../protocol/schemas/offline.ts';
import { byId } from './campaigns.ts';
import { signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';

/** Gifts that came past every gateway. Mounted at the API's root. */
export function offline(house: { db: Db; bus: Bus; now: () => Date }): Router {
  const router = Router();
  const once = idempotent({ db: house.db, now: house.now });
  const idOf = (req: Request): string => check(byId, req.params).id;

  router.get('/finance/offline-donations', async (req, res) => {
    const page = await listOffline(house.db, signedIn(res), check(offlineQuery, req.query));
    res.set('Cache-Control', 'no-store').json(page);
  });

  router.post('/campaigns/:id/offline-donations', async (req, res) => {
    const user = signedIn(res);
    const campaignId = idOf(req);
    const request = check(offlineRequest, req.body);
    await once(
      req,
      res,
      {
        principal: `user:${user.userId}`,
        route: `POST /campaigns/${campaignId}/offline-donations`,
        content: request,
      },
      async (donationId) => ({
        status: 201,
        body: { offline: await enterOffline(house, user, { donationId, campaignId, request }) },
      }),
    );
  });

  router.post('/offline-donations/:id/approve', async (req, res) => {
    const request = check(offlineApproval, req.body);
    res.json({ offline: await approveOffline(house, signedIn(res), idOf(req), request) });
  });
  router.post('/offline-donations/:id/reject', async (req, res) => {
    const request = check(offlineRejection, req.body);
    res.json({ offline: await rejectOffline(house, signedIn(res), idOf(req), request) });
  });

  return router;
}
