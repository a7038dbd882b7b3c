import Joi from 'joi';
import { GATEWAYS } from '../../donations.ts';
import {
  type FinanceOverview,
  SETTLEMENT_STATUSES,
  type SettlementPage,
  type SettlementView,
  type SuspenseItem,
  type SuspensePage,
  type UnsettledPage,
  type UnsettledPayment,
} from '../../settlements.ts';
import { method } from './donations.ts';
import { count, cursor, day, id, instant, money } from './parts.ts';

const gateway = Joi.string().valid(...GATEWAYS);

export const settlementView = Joi.object<SettlementView, true>({
  id: id().required(),
  gateway: gateway.required(),
  bankReference: Joi.string().required(),
  settledOn: day().required(),
  gross: money.required(),
  fee: money.required(),
  vat: money.required(),
  net: money.required(),
  payments: count().required(),
  status: Joi.string()
    .valid(...SETTLEMENT_STATUSES)
    .required(),
  enteredAt: instant().required(),
  arrivedOn: day().allow(null).required(),
  correctedAt: instant().allow(null).required(),
}).meta({ schemaName: 'Settlement' });
export const settlementAnswer = Joi.object<{ settlement: SettlementView }, true>({
  settlement: settlementView.required(),
});
export const settlementPage = Joi.object<SettlementPage, true>({
  items: Joi.array().items(settlementView).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'SettlementPage' });

export const unsettledPage = Joi.object<UnsettledPage, true>({
  items: Joi.array()
    .items(
      Joi.object<UnsettledPayment, true>({
        paymentId: id().required(),
        reference: Joi.string().required(),
        method: method.required(),
        paidAt: instant().required(),
        outstanding: money.required(),
      }).meta({ schemaName: 'UnsettledPayment' }),
    )
    .required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'UnsettledPage' });

export const suspensePage = Joi.object<SuspensePage, true>({
  items: Joi.array()
    .items(
      Joi.object<SuspenseItem, true>({
        paymentId: id().required(),
        donationId: id().required(),
        reference: Joi.string().required(),
        gateway: gateway.required(),
        amount: money.required(),
        since: instant().required(),
        days: count().required(),
      }).meta({ schemaName: 'SuspenseItem' }),
    )
    .required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'SuspensePage' });

export const financeOverview = Joi.object<FinanceOverview, true>({
  counts: Joi.object<FinanceOverview['counts'], true>({
    payoutsRequested: count().required(),
    payoutsUnderWay: count().required(),
    refundsRequested: count().required(),
    offlineEntered: count().required(),
    quarantined: count().required(),
    suspense: count().required(),
    brokenChecks: count().required(),
  }).required(),
}).meta({ schemaName: 'FinanceOverview' });
