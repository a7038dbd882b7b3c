import { type Request, type Response, Router } from 'express';
import Joi from 'joi';
import type { Bus } from '../bus.ts';
import { acting, type Db } from '../db/open.ts';
import { isPublic, notFound } from '../domain/campaigns/access.ts';
import { type Claims, mustBeDonor } from '../domain/donations/claim.ts';
import { payAgain, pledge } from '../domain/donations/pledge.ts';
import { donationView, receiptView, wallItem } from '../domain/donations/present.ts';
import { heldMessages, hideDonation, reviewMessage } from '../domain/donations/words.ts';
import { Refusal } from '../domain/refusal.ts';
import { donationRequest, messageReviewRequest, paymentRequest } from '../protocol/schemas/donations.ts';
import { largestQuery } from '../protocol/schemas/overlays.ts';
import { uuid } from '../protocol/schemas/text.ts';
import { principalOf, signedIn, staff } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';
import { localeOf } from './guards/locale.ts';
import { networkOf } from './guards/network.ts';

const DEVICE_MAX = 200;
const PAGE_MAX = 50;

const byId = Joi.object<{ id: string }, true>({ id: uuid().required() });
type Page = { cursor?: string; limit: number };
export const page = Joi.object<Page, true>({
  cursor: Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(200),
  limit: Joi.number().integer().min(1).max(PAGE_MAX).default(20),
});

type House = Parameters<typeof pledge>[0] & { db: Db; bus: Bus; claims: Claims };

/** Giving, and what a donor may do with a gift. Mounted at the API's root: donations belong to campaigns and to people. */
export function donations(house: House): Router {
  const { db, bus, claims } = house;
  const router = Router();
  const once = idempotent({ db, now: house.now });
  const mine = (req: Request, res: Response): Promise<void> =>
    mustBeDonor(
      { db, claims },
      {
        donationId: String(req.params.id),
        principal: principalOf(res),
        claimToken: req.get('x-claim-token'),
      },
    );
  const mustBePublic = async (campaignId: string): Promise<void> => {
    const campaign = await db.donations.campaignForGiving(campaignId);
    if (!campaign || !isPublic(campaign.status)) throw notFound();
  };

  router.post('/campaigns/:id/donations', async (req, res) => {
    const { id: campaignId } = check(byId, req.params);
    const request = check(donationRequest, req.body);
    const principal = principalOf(res);
    const caller = callerOf(req);
    await once(
      req,
      res,
      {
        principal: principal.kind === 'user' ? `user:${principal.userId}` : `guest:${caller.network}`,
        route: `POST /campaigns/${campaignId}/donations`,
        content: request,
      },
      async (donationId) => ({
        status: 201,
        body: await pledge(house, {
          donationId,
          campaignId,
          request,
          principal,
          caller,
        }),
      }),
      (body) => ({ ...body, claimToken: claims.tokenOf((body.donation as { id: string }).id) }),
    );
  });

  router.get('/campaigns/:id/donations', async (req, res) => {
    const { id: campaignId } = check(byId, req.params);
    const { cursor, limit } = check(page, req.query);
    await mustBePublic(campaignId);
    const rows = await db.donations.wall({ campaignId, after: readCursor(cursor), limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    res.set('Cache-Control', 'no-cache');
    res.json({
      items: shown.map(wallItem),
      nextCursor: rows.length > limit && last ? cursorOf(last.id) : null,
    });
  });

  router.get('/campaigns/:id/donations/largest', async (req, res) => {
    const { id: campaignId } = check(byId, req.params);
    const { limit } = check(largestQuery, req.query);
    await mustBePublic(campaignId);
    const rows = await db.donations.largest(campaignId, limit);
    res.set('Cache-Control', 'no-cache').json({ items: rows.map(wallItem) });
  });

  router.get('/donations/:id', async (req, res) => {
    const { id } = check(byId, req.params);
    await mine(req, res);
    const row = await acting(db, 'system', 'donations.read', (tx) => tx.donations.view(id));
    if (!row) throw new Refusal('not-found', 'There is no such donation.');
    res.set('Cache-Control', 'no-store').json({ donation: donationView(row) });
  });

  router.get('/donations/:id/receipt', async (req, res) => {
    const { id } = check(byId, req.params);
    await mine(req, res);
    const row = await acting(db, 'system', 'donations.receipt', (tx) => tx.donations.receipt(id));
    if (!row) throw new Refusal('not-found', 'This gift is not paid, so there is no receipt of it.');
    res.set('Cache-Control', 'no-store').json({ receipt: receiptView(row) });
  });

  router.post('/donations/:id/payments', async (req, res) => {
    const { id: donationId } = check(byId, req.params);
    const request = check(paymentRequest, req.body);
    await mine(req, res);
    res.status(201).json(await payAgain(house, { donationId, request, caller: callerOf(req) }));
  });

  router.post('/donations/:id/hide', async (req, res) => {
    const { id } = check(byId, req.params);
    await mine(req, res);
    await hideDonation({ db, bus }, id);
    res.status(204).end();
  });

  router.get('/me/donations', async (req, res) => {
    const { userId } = signedIn(res);
    const { cursor, limit } = check(page, req.query);
    const before = readCursor(cursor);
    const rows = await acting(db, userId, 'donations.mine', (tx) =>
      tx.donations.mine({ userId, before, limit: limit + 1 }),
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last ? cursorOf(last.id) : null;
    res.set('Cache-Control', 'no-store').json({ items: shown.map(donationView), nextCursor });
  });

  router.get('/moderation/messages', async (_req, res) => {
    staff(res, 'moderator');
    res.set('Cache-Control', 'no-store').json({ items: await heldMessages(db) });
  });

  router.post('/donations/:id/message/review', async (req, res) => {
    const { userId } = staff(res, 'moderator');
    const { id: donationId } = check(byId, req.params);
    const request = check(messageReviewRequest, req.body);
    await reviewMessage({ db, bus }, { donationId, moderatorId: userId, request });
    res.status(204).end();
  });

  return router;
}

const callerOf = (req: Request) => ({
  address: req.ip ?? '::',
  network: networkOf(req.ip ?? '::'),
  device: req.get('user-agent')?.slice(0, DEVICE_MAX) ?? null,
  locale: localeOf(req),
});

/** The id of a page's last row, so that rows arriving meanwhile move nothing. */
const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

function readCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const { value, error } = uuid().required().validate(Buffer.from(cursor, 'base64url').toString());
  if (!error) return value;
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: [{ path: 'cursor', message: 'cursor is not one of ours' }],
  });
}
