import { type Request, Router } from 'express';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import type { Gateways } from '../domain/donations/pledge.ts';
import type { Receive } from '../domain/donations/receive.ts';
import type { PayoutGateway } from '../domain/gateways/gateway.ts';
import { payBack, readHolder } from '../domain/payouts/pay-back.ts';
import { bookDisputeFee, winDispute } from '../domain/refunds/dispute.ts';
import { findPaidGift, listDisputes, listRefunds } from '../domain/refunds/list.ts';
import { refund } from '../domain/refunds/refund.ts';
import { accountRequest } from '../protocol/schemas/payouts.ts';
import {
  disputeFeeRequest,
  disputeWonRequest,
  paidGiftQuery,
  refundListQuery,
  refundRequest,
} from '../protocol/schemas/refunds.ts';
import { pageQuery } from '../protocol/schemas/settlements.ts';
import { byId } from './campaigns.ts';
import { signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';
import type { Limits } from './guards/limit.ts';

/** What goes back of gifts, for finance. Mounted at the API's root. */
export function refunds(house: {
  db: Db;
  bus: Bus;
  gateways: Gateways;
  receive: Receive;
  payoutGateway: PayoutGateway | null;
  limits: Pick<Limits, 'holder'>;
  now: () => Date;
  onFault(fault: unknown): void;
}): Router {
  const { db } = house;
  const router = Router();
  const once = idempotent({ db, now: house.now });
  const idOf = (req: Request): string => check(byId, req.params).id;
  router.use(['/disputes', '/finance'], (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.post('/donations/:id/refunds', async (req, res) => {
    const user = signedIn(res);
    const donationId = idOf(req);
    const request = check(refundRequest, req.body);
    await once(
      req,
      res,
      {
        principal: `user:${user.userId}`,
        route: `POST /donations/${donationId}/refunds`,
        content: request,
      },
      async (id) => {
        const { byPayout: account } = request;
        const asked = { id, donationId, request };
        const view = account
          ? await payBack(house, user, { ...asked, account })
          : await refund(house, user, asked);
        return { status: 201, body: { refund: view } };
      },
    );
  });

  // Not by GET: an address is written down where this is not.
  router.post('/finance/holder', async (req, res) => {
    const user = signedIn(res);
    const account = check(accountRequest, req.body);
    await house.limits.holder.take(user.userId, res);
    res.json({ holder: await readHolder(house, user, account) });
  });

  router.get('/finance/donations', async (req, res) => {
    res.json({ donation: await findPaidGift(house, signedIn(res), check(paidGiftQuery, req.query)) });
  });
  router.get('/finance/refunds', async (req, res) => {
    res.json(await listRefunds(db, signedIn(res), check(refundListQuery, req.query)));
  });
  router.get('/finance/disputes', async (req, res) => {
    res.json(await listDisputes(db, signedIn(res), check(pageQuery, req.query)));
  });

  router.post('/disputes/:id/won', async (req, res) => {
    const { note } = check(disputeWonRequest, req.body);
    res.json({ dispute: await winDispute(house, signedIn(res), { id: idOf(req), note }) });
  });
  router.post('/disputes/:id/fee', async (req, res) => {
    const { amount } = check(disputeFeeRequest, req.body);
    res.json({ dispute: await bookDisputeFee(house, signedIn(res), { id: idOf(req), amount }) });
  });

  return router;
}
