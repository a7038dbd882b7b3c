import { json, type Response, Router } from 'express';
import Joi from 'joi';
import type { Gateway } from './gateway.ts';
import type { Scenario } from './scenarios.ts';

const COUNT_MAX = 100_000;
const MS_MAX = 600_000;
const TIMES_MAX = 1_000;
const FEE_MAX = 1_000_000_000;
const AMOUNT_MAX = 999_999_999_999;
const LIST_MAX = 1_000;

type ScenarioRequest = {
  gateway: string;
  scenario: string;
  count: number;
  orderId?: string;
  call?: string;
  ms?: number;
  times?: number;
  fee?: number;
  applied?: boolean;
};
type PayRequest = { orderId: string; action: string; method?: string; amount?: number; gateway?: string };
type AccountRequest = { bank: string; number: string; holder: string | null };
type ListRequest = { limit: number; orderId?: string; gateway?: string };

function refuse(res: Response, error: Joi.ValidationError) {
  const errors = error.details.map(({ path, message }) => ({ path: path.join('.'), message }));
  res.status(400).json({ code: 'invalid', errors });
}

/** For tests and for whoever plays the customer: order misbehaviour, pay by order id, look at deliveries. */
export function control(gateways: readonly Gateway[]): Router {
  const named = new Map(gateways.map((gateway) => [gateway.name, gateway]));
  const names = [...named.keys()];
  const router = Router();
  // Only JSON that says so: a form on some foreign page can then not reach a simulator on localhost.
  router.use(json({ limit: '8kb' }));

  const scenarioSchema = Joi.object<ScenarioRequest, true>({
    gateway: Joi.string()
      .valid(...names)
      .required(),
    scenario: Joi.string().required(),
    count: Joi.number().integer().min(1).max(COUNT_MAX).default(1),
    orderId: Joi.string().max(50),
    call: Joi.string(),
    ms: Joi.number().integer().min(0).max(MS_MAX),
    times: Joi.number().integer().min(1).max(TIMES_MAX),
    fee: Joi.number().integer().min(1).max(FEE_MAX),
    applied: Joi.boolean(),
  }).custom((request: ScenarioRequest, helpers) => {
    const gateway = named.get(request.gateway);
    if (!gateway) return request;
    const known = gateway.scenarios[request.scenario];
    if (!known)
      return helpers.message({ custom: `"scenario" must be one of ${Object.keys(gateway.scenarios)}` });
    if (request.call !== undefined && !gateway.calls.includes(request.call)) {
      return helpers.message({ custom: `"call" must be one of ${gateway.calls}` });
    }
    return request;
  });

  const paySchema = Joi.object<PayRequest, true>({
    orderId: Joi.string().max(50).required(),
    action: Joi.string()
      .valid(...new Set(gateways.flatMap((gateway) => gateway.actions)))
      .default('pay'),
    method: Joi.string().max(50),
    amount: Joi.number().integer().min(1).max(AMOUNT_MAX),
    gateway: Joi.string().valid(...names),
  });

  const accountSchema = Joi.object<AccountRequest, true>({
    bank: Joi.string().max(50).required(),
    number: Joi.string()
      .pattern(/^\d{6,20}$/)
      .required(),
    holder: Joi.string().trim().max(100).allow(null).required(),
  });

  const listSchema = Joi.object<ListRequest, true>({
    limit: Joi.number().integer().min(1).max(LIST_MAX).default(50),
    orderId: Joi.string().max(50),
    gateway: Joi.string().valid(...names),
  });

  router.post('/', (req, res) => {
    const { value, error } = scenarioSchema.validate(req.body ?? {});
    if (error) return refuse(res, error);
    const { gateway: name, scenario: kind, count, ...limits } = value;
    const gateway = named.get(name);
    const defaults = gateway?.scenarios[kind];
    const scenario: Scenario = { ...defaults, ...limits, name: kind, left: count };
    if (!gateway?.order(scenario)) {
      res
        .status(409)
        .json({ code: 'too-many', errors: [{ path: '', message: 'Too many scenarios wait already.' }] });
      return;
    }
    res.status(201).json({ gateway: name, scenario: kind, count, ...defaults, ...limits });
  });

  router.delete('/', (_req, res) => {
    for (const gateway of gateways) gateway.clearScenarios();
    res.status(204).end();
  });

  router.post('/pay', (req, res) => {
    const { value, error } = paySchema.validate(req.body ?? {});
    if (error) return refuse(res, error);
    const { orderId, action, method, amount, gateway: only } = value;
    const asked = only ? gateways.filter((gateway) => gateway.name === only) : gateways;
    for (const gateway of asked) {
      const outcome = gateway.act(orderId, action, {
        ...(method === undefined ? {} : { method }),
        ...(amount === undefined ? {} : { amount }),
      });
      if (outcome.ok) {
        res.json({ gateway: gateway.name, order_id: orderId, status: outcome.status });
        return;
      }
      if (outcome.reason === 'conflict') {
        res.status(409).json({ code: 'conflict', errors: [{ path: 'action', message: outcome.detail }] });
        return;
      }
    }
    res
      .status(404)
      .json({ code: 'not-found', errors: [{ path: 'orderId', message: `No order ${orderId}.` }] });
  });

  router.post('/accounts', (req, res) => {
    const { value, error } = accountSchema.validate(req.body ?? {});
    if (error) return refuse(res, error);
    for (const gateway of gateways) gateway.giveAccount?.(value.bank, value.number, value.holder);
    res.status(201).json(value);
  });

  router.get('/transactions', (req, res) => {
    const { value, error } = listSchema.validate(req.query);
    if (error) return refuse(res, error);
    const { limit, orderId, gateway: only } = value;
    const filter = { limit, ...(orderId === undefined ? {} : { orderId }) };
    const transactions = gateways
      .filter((gateway) => only === undefined || gateway.name === only)
      .flatMap((gateway) => gateway.list(filter))
      .sort((a, b) => b.created_at.localeCompare(a.created_at))
      .slice(0, limit);
    res.json({ transactions });
  });

  return router;
}
