import { type Request, Router } from 'express';
import Joi from 'joi';
import type { Bus } from '../bus.ts';
import type { Db } from '../db/open.ts';
import type { PayoutGateway } from '../domain/gateways/gateway.ts';
import {
  addBankAccount,
  listBankAccounts,
  listBanks,
  readBankAccount,
  retireBankAccount,
} from '../domain/payouts/bank-accounts.ts';
import { approvePayout, confirmByHand, rejectPayout, reversePayout } from '../domain/payouts/decide.ts';
import { listHolds, placeHold, releaseHold } from '../domain/payouts/holds.ts';
import { listPayouts } from '../domain/payouts/list.ts';
import { readBalances } from '../domain/payouts/money.ts';
import { requestPayout } from '../domain/payouts/request.ts';
import type { Sending } from '../domain/payouts/send.ts';
import { type BankAccountView, maskedNumber, type PayoutView } from '../protocol/payouts.ts';
import {
  bankAccountRequest,
  holdRequest,
  payoutApproval,
  payoutByHand,
  payoutListQuery,
  payoutNote,
  payoutRequest,
} from '../protocol/schemas/payouts.ts';
import { uuid } from '../protocol/schemas/text.ts';
import { byId } from './campaigns.ts';
import { signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';
import { idempotent } from './guards/idempotent.ts';
import type { Limits } from './guards/limit.ts';

export const byAccount = Joi.object<{ id: string; accountId: string }, true>({
  id: uuid().required(),
  accountId: uuid().required(),
});

/** A campaign's money on its way to a bank account. Mounted at the API's root. */
export function payouts(
  house: Sending & {
    db: Db;
    bus: Bus;
    payoutGateway: PayoutGateway | null;
    limits: Pick<Limits, 'bankAccount'>;
    now: () => Date;
    onFault(fault: unknown): void;
  },
): Router {
  const { db } = house;
  const router = Router();
  const once = idempotent({ db, now: house.now });
  const idOf = (req: Request): string => check(byId, req.params).id;

  router.get('/banks', async (_req, res) => {
    signedIn(res);
    res.json({ items: await listBanks(house.payoutGateway) });
  });

  router.get('/campaigns/:id/balances', async (req, res) => {
    const balances = await readBalances(house, signedIn(res), idOf(req));
    res.set('Cache-Control', 'no-store').json({ balances });
  });

  router.get('/campaigns/:id/bank-accounts', async (req, res) => {
    const items = await listBankAccounts(db, signedIn(res), idOf(req));
    res.set('Cache-Control', 'no-store').json({ items });
  });

  router.post('/campaigns/:id/bank-accounts', async (req, res) => {
    const user = signedIn(res);
    const campaignId = idOf(req);
    const request = check(bankAccountRequest, req.body);
    // Each asks a bank whose an account is.
    await house.limits.bankAccount.take(user.userId, res);
    await once(
      req,
      res,
      {
        principal: `user:${user.userId}`,
        route: `POST /campaigns/${campaignId}/bank-accounts`,
        content: request,
      },
      async (id) => ({
        status: 201,
        body: { bankAccount: kept(await addBankAccount(house, user, { id, campaignId, request })) },
      }),
      async (body) => {
        const bankAccount = body.bankAccount as BankAccountView;
        const { number, holder } = await readBankAccount(db, bankAccount.id);
        return { bankAccount: { ...bankAccount, number, holder } };
      },
    );
  });

  router.delete('/campaigns/:id/bank-accounts/:accountId', async (req, res) => {
    const { id: campaignId, accountId: id } = check(byAccount, req.params);
    await retireBankAccount(house, signedIn(res), { id, campaignId });
    res.status(204).end();
  });

  router.post('/campaigns/:id/payouts', async (req, res) => {
    const user = signedIn(res);
    const campaignId = idOf(req);
    const request = check(payoutRequest, req.body);
    await once(
      req,
      res,
      {
        principal: `user:${user.userId}`,
        route: `POST /campaigns/${campaignId}/payouts`,
        content: request,
      },
      async (id) => {
        const { bankAccount, ...payout } = await requestPayout(house, user, { id, campaignId, request });
        return { status: 201, body: { payout: { ...payout, bankAccount: { ...bankAccount, holder: '' } } } };
      },
      async (body) => {
        const payout = body.payout as PayoutView;
        const { holder } = await readBankAccount(db, request.bankAccountId);
        return { payout: { ...payout, bankAccount: { ...payout.bankAccount, holder } } };
      },
    );
  });

  router.get('/campaigns/:id/payouts', async (req, res) => {
    const query = check(payoutListQuery, req.query);
    const page = await listPayouts(db, signedIn(res), { campaignId: idOf(req), ...query });
    res.set('Cache-Control', 'no-store').json(page);
  });

  router.get('/finance/payouts', async (req, res) => {
    const query = check(payoutListQuery, req.query);
    const page = await listPayouts(db, signedIn(res), { campaignId: null, ...query });
    res.set('Cache-Control', 'no-store').json(page);
  });

  router.post('/payouts/:id/approve', async (req, res) => {
    const { note } = check(payoutApproval, req.body);
    res.json({ payout: await approvePayout(house, signedIn(res), { id: idOf(req), note }) });
  });

  router.post('/payouts/:id/reject', async (req, res) => {
    const { note } = check(payoutNote, req.body);
    res.json({ payout: await rejectPayout(house, signedIn(res), { id: idOf(req), note }) });
  });

  router.post('/payouts/:id/reversed', async (req, res) => {
    const { note } = check(payoutNote, req.body);
    res.json({ payout: await reversePayout(house, signedIn(res), { id: idOf(req), note }) });
  });

  router.post('/payouts/:id/confirmed', async (req, res) => {
    const { bankReference } = check(payoutByHand, req.body);
    res.json({ payout: await confirmByHand(house, signedIn(res), { id: idOf(req), bankReference }) });
  });

  router.get('/campaigns/:id/holds', async (req, res) => {
    const items = await listHolds(db, signedIn(res), idOf(req));
    res.set('Cache-Control', 'no-store').json({ items });
  });

  router.post('/campaigns/:id/holds', async (req, res) => {
    const user = signedIn(res);
    const campaignId = idOf(req);
    const request = check(holdRequest, req.body);
    await once(
      req,
      res,
      { principal: `user:${user.userId}`, route: `POST /campaigns/${campaignId}/holds`, content: request },
      async (id) => ({
        status: 201,
        body: { hold: await placeHold(house, user, { id, campaignId, request }) },
      }),
    );
  });

  router.post('/holds/:id/release', async (req, res) => {
    res.json({ hold: await releaseHold(house, signedIn(res), idOf(req)) });
  });

  return router;
}

/** An answer that is kept for repetitions holds no number and no name. */
const kept = (account: BankAccountView): BankAccountView => ({
  ...account,
  number: maskedNumber(account.number),
  holder: '',
});
