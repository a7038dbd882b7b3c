import Joi from 'joi';
import { GATEWAYS } from '../donations.ts';
import {
  type ArrivalRequest,
  type CorrectionRequest,
  type LedgerExportQuery,
  type PageQuery,
  REFERENCES_MAX,
  SETTLED_MAX,
  type SettlementRequest,
  type UnsettledQuery,
} from '../settlements.ts';
import { rupiahBetween } from './money.ts';
import { calendarDay, line, text } from './text.ts';

/** As long as banks and gateways make their own numbers. */
const BANK_REFERENCE_MAX = 100;
const REASON_MAX = 500;
const LIMIT_MAX = 100;

const bankReference = line(BANK_REFERENCE_MAX).min(1);
const gateway = Joi.string().valid(...GATEWAYS);

export const pageFields = {
  cursor: Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(200),
  limit: Joi.number().integer().min(1).max(LIMIT_MAX).default(50),
};

export const settlementRequest = Joi.object<SettlementRequest, true>({
  gateway: gateway.required(),
  bankReference: bankReference.required(),
  settledOn: calendarDay().required(),
  fee: rupiahBetween(0, SETTLED_MAX).required(),
  vat: rupiahBetween(0, SETTLED_MAX).required(),
  references: Joi.array()
    .items(Joi.string().pattern(/^[A-Z0-9]{10,30}$/, 'payment reference'))
    .min(1)
    .max(REFERENCES_MAX)
    .unique()
    .required(),
  amount: rupiahBetween(-SETTLED_MAX, SETTLED_MAX).required(),
});
export const arrivalRequest = Joi.object<ArrivalRequest, true>({
  bankReference: bankReference.required(),
  arrivedOn: calendarDay().required(),
});
export const correctionRequest = Joi.object<CorrectionRequest, true>({
  reason: text(REASON_MAX).min(1).required(),
});
export const pageQuery = Joi.object<PageQuery, true>(pageFields);
export const unsettledQuery = Joi.object<UnsettledQuery, true>({
  gateway: gateway.required(),
  from: calendarDay(),
  ...pageFields,
});
export const ledgerExportQuery = Joi.object<LedgerExportQuery, true>({
  from: calendarDay(),
  to: calendarDay(),
});
