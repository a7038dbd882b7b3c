import Joi from 'joi';
import {
  STATEMENT_KINDS,
  type StatementItem,
  type StatementPage,
  type StatementQuality,
  type StatementSummary,
} from '../../statement.ts';
import { cursor, id, instant, money } from './parts.ts';

const share = () => Joi.number().min(0).max(1).allow(null);

export const statementPage = Joi.object<StatementPage, true>({
  summary: Joi.object<StatementSummary, true>({
    paid: money.required(),
    settled: money.required(),
    refunded: money.required(),
    clawedBack: money.required(),
    fees: money.required(),
    paidOut: money.required(),
    pending: money.required(),
    left: money.required(),
    owed: money.required(),
  }).required(),
  quality: Joi.object<StatementQuality, true>({
    paid: share().required(),
    settled: share().required(),
    refunded: share().required(),
  }).required(),
  items: Joi.array()
    .items(
      Joi.object<StatementItem, true>({
        id: id().required(),
        kind: Joi.string()
          .valid(...STATEMENT_KINDS)
          .required(),
        amount: money.required(),
        at: instant().required(),
        fees: money,
      }).meta({ schemaName: 'StatementItem' }),
    )
    .required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'Statement' });
