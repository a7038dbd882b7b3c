import { type Request, Router } from 'express';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import { arrive } from '../domain/settlements/arrive.ts';
import { correctSettlement } from '../domain/settlements/correct.ts';
import { enterSettlement } from '../domain/settlements/enter.ts';
import { listSettlements, listSuspense, listUnsettled, readOverview } from '../domain/settlements/lists.ts';
import { handleNotice, listNotices } from '../domain/settlements/notices.ts';
import { byNotice, noticeHandledRequest, noticeListQuery } from '../protocol/schemas/notices.ts';
import {
  arrivalRequest,
  correctionRequest,
  pageQuery,
  settlementRequest,
  unsettledQuery,
} from '../protocol/schemas/settlements.ts';
import { byId } from './campaigns.ts';
import { signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';

/** What finance enters of gateways' reports, and what waits for it. Mounted at the API's root. */
export function settlements(house: { db: Db; bus: Bus; platformFeeBp: number; now: () => Date }): Router {
  const { db } = house;
  const router = Router();
  const once = idempotent({ db, now: house.now });
  const idOf = (req: Request): string => check(byId, req.params).id;
  router.use(['/settlements', '/finance'], (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/finance/overview', async (_req, res) => {
    res.json(await readOverview(db, signedIn(res)));
  });
  router.get('/finance/unsettled', async (req, res) => {
    res.json(await listUnsettled(db, signedIn(res), check(unsettledQuery, req.query)));
  });
  router.get('/finance/suspense', async (req, res) => {
    res.json(await listSuspense(house, signedIn(res), check(pageQuery, req.query)));
  });
  router.get('/finance/notices', async (req, res) => {
    res.json(await listNotices(db, signedIn(res), check(noticeListQuery, req.query)));
  });
  router.post('/finance/notices/:id/handled', async (req, res) => {
    const user = signedIn(res);
    const id = BigInt(check(byNotice, req.params).id);
    const { note } = check(noticeHandledRequest, req.body);
    res.json({ notice: await handleNotice(house, user, { id, note }) });
  });
  router.get('/settlements', async (req, res) => {
    res.json(await listSettlements(db, signedIn(res), check(pageQuery, req.query)));
  });

  router.post('/settlements', async (req, res) => {
    const user = signedIn(res);
    const request = check(settlementRequest, req.body);
    await once(
      req,
      res,
      { principal: `user:${user.userId}`, route: 'POST /settlements', content: request },
      async (id) => ({
        status: 201,
        body: { settlement: await enterSettlement(house, user, { id, request }) },
      }),
    );
  });
  router.post('/settlements/:id/arrival', async (req, res) => {
    const request = check(arrivalRequest, req.body);
    res.json({ settlement: await arrive(house, signedIn(res), idOf(req), request) });
  });
  router.post('/settlements/:id/correct', async (req, res) => {
    const request = check(correctionRequest, req.body);
    res.json({ settlement: await correctSettlement(house, signedIn(res), idOf(req), request) });
  });

  return router;
}
