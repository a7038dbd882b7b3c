import { json, type RequestHandler, Router } from 'express';
import Joi from 'joi';
import { isAuthorized } from '../basic-auth.ts';
import type { faults } from '../faults.ts';
import type { Accounts } from './accounts.ts';
import type { Payout, PayoutRequest, Payouts } from './payouts.ts';
import { amount, BANKS, time } from './wire.ts';

const PAYOUTS_PER_CALL_MAX = 100;
/** A longer one is refused. */
const IDEMPOTENCY_KEY_LENGTH_MAX = 100;
const BALANCE = 1_000_000_000;
const INTERNAL_ERROR = 'Sorry, we encountered internal server error. We will fix this soon.';

const numeric = Joi.string().pattern(/^\d{1,12}(\.0{1,2})?$/);
const payoutSchema = Joi.object<PayoutRequest, true>({
  beneficiary_name: Joi.string().max(255).required(),
  beneficiary_account: Joi.string()
    .pattern(/^\d{6,20}$/)
    .required(),
  beneficiary_bank: Joi.string()
    .valid(...BANKS.map(({ code }) => code))
    .required(),
  beneficiary_email: Joi.string().email({ tlds: false }),
  amount: numeric.invalid('0', '0.0', '0.00').required(),
  notes: Joi.string().max(100).required(),
}).unknown();
const createSchema = Joi.object<{ payouts: PayoutRequest[] }, true>({
  payouts: Joi.array().items(payoutSchema).min(1).max(PAYOUTS_PER_CALL_MAX).required(),
}).unknown();
const references = Joi.array().items(Joi.string().max(50)).min(1).max(PAYOUTS_PER_CALL_MAX).required();
const approveSchema = Joi.object<{ reference_nos: string[]; otp?: string | number }, true>({
  reference_nos: references,
  otp: Joi.alternatives(Joi.string(), Joi.number()),
}).unknown();
const rejectSchema = Joi.object<{ reference_nos: string[]; reject_reason: string }, true>({
  reference_nos: references,
  reject_reason: Joi.string().max(255).required(),
}).unknown();

/** The Payouts API. Which key may do what is told by an HTTP status of 401 alone. */
export function api(options: {
  payouts: Payouts;
  accounts: Accounts;
  guard: ReturnType<typeof faults>['guard'];
  keys: { creator: string; approver: string };
}): Router {
  const { payouts, accounts, guard, keys } = options;
  const router = Router();

  const only =
    (...allowed: string[]): RequestHandler =>
    (req, res, next) => {
      if (allowed.some((key) => isAuthorized(req.headers.authorization, key))) return next();
      res.status(401).json({ error_message: 'HTTP Basic: Access denied.' });
    };
  const creator = only(keys.creator);
  const approver = only(keys.approver);
  const either = only(keys.creator, keys.approver);

  router.get('/ping', (_req, res) => void res.json('pong'));
  // Before a body is read: a stranger's is not worth it.
  router.use(either, json({ limit: '256kb', type: () => true, strict: false }));

  router.get('/beneficiary_banks', guard('banks'), (_req, res) => {
    res.json({ beneficiary_banks: BANKS });
  });

  router.get('/balance', guard('balance'), (_req, res) => {
    res.json({ balance: amount(BALANCE) });
  });

  router.get('/account_validation', guard('validate'), (req, res) => {
    const bank = String(req.query.bank ?? '');
    const account = String(req.query.account ?? '');
    if (!BANKS.some(({ code }) => code === bank)) {
      res
        .status(400)
        .json({ error_message: 'Failed validation', errors: { bank: ['Bank is not supported'] } });
      return;
    }
    const holder = /^\d{6,20}$/.test(account) ? accounts.holderOf(bank, account) : null;
    if (holder === null) {
      res
        .status(400)
        .json({ error_message: 'Failed validation', errors: { account: ['Account does not exist'] } });
      return;
    }
    res.json({ account_name: holder, account_no: account, bank_name: bank });
  });

  router.post('/payouts', creator, guard('create'), (req, res) => {
    const { value, error } = createSchema.validate(req.body ?? {}, { abortEarly: false, convert: false });
    if (error) {
      const said = error.details.map(({ path, message }) => [path.join('.'), [message]]);
      res.status(400).json({
        error_message: 'An error occurred when creating payouts',
        errors: Object.fromEntries(said),
      });
      return;
    }
    const key = req.get('x-idempotency-key');
    if (key !== undefined && key.length > IDEMPOTENCY_KEY_LENGTH_MAX) {
      res.status(400).json({ error_message: 'Idempotency key is too long' });
      return;
    }
    const made = payouts.create(value.payouts, key);
    if (made === undefined) res.status(500).json({ error_message: INTERNAL_ERROR });
    else if (made === 'another') {
      res.status(400).json({ error_message: 'Idempotency key was used for another request' });
    } else {
      res
        .status(201)
        .json({ payouts: made.map(({ orderId }) => ({ status: 'queued', reference_no: orderId })) });
    }
  });

  const refused = {
    error_message: 'Payouts cannot be approved or rejected',
    errors: ['Invalid reference no'],
  };
  router.post('/payouts/approve', approver, guard('approve'), (req, res) => {
    const { value, error } = approveSchema.validate(req.body ?? {});
    if (error || !payouts.decide(value.reference_nos, 'approved')) res.status(400).json(refused);
    else res.status(202).json({ status: 'ok' });
  });
  router.post('/payouts/reject', approver, guard('reject'), (req, res) => {
    const { value, error } = rejectSchema.validate(req.body ?? {});
    if (error || !payouts.decide(value.reference_nos, 'rejected', value.reject_reason)) {
      res.status(400).json(refused);
    } else res.status(202).json({ status: 'ok' });
  });

  router.get('/payouts/:id', guard('status'), (req, res) => {
    const payout = payouts.find(String(req.params.id));
    if (payout) res.json(details(payout));
    else res.status(404).json({ error_message: 'Payout not found' });
  });

  return router;
}

const details = ({ orderId, request, rupiah, status, createdAt, updatedAt, error }: Payout) => ({
  amount: amount(rupiah),
  beneficiary_name: request.beneficiary_name,
  beneficiary_account: request.beneficiary_account,
  bank: BANKS.find(({ code }) => code === request.beneficiary_bank)?.name,
  reference_no: orderId,
  notes: request.notes,
  ...(request.beneficiary_email === undefined ? {} : { beneficiary_email: request.beneficiary_email }),
  status,
  created_by: 'Simulator',
  created_at: time(createdAt),
  updated_at: time(updatedAt),
  ...(error ? { error_code: error.code, error_message: error.message } : {}),
});
