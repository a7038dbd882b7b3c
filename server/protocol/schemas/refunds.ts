import Joi from 'joi';
import { GIFT_MAX, type Money, TIP_MAX } from '../money.ts';
import {
  type DisputeFeeRequest,
  type DisputeWonRequest,
  type PaidGiftQuery,
  REFUND_STATUSES,
  type RefundListQuery,
  type RefundRequest,
} from '../refunds.ts';
import { pageFields } from './settlements.ts';
import { line, text, uuid } from './text.ts';

/** As long as Midtrans takes one. */
const REASON_MAX = 255;
const NOTE_MAX = 500;
/** With what stands before it, it is the key of the refund. */
const BANK_REFERENCE_MAX = 80;

const amount = (min: number, max: number): Joi.ObjectSchema<Money> =>
  Joi.object<Money, true>({
    amount: Joi.number().strict().integer().min(min).max(max).required(),
    currency: Joi.string().valid('IDR').required(),
  });

export const refundRequest = Joi.object<RefundRequest, true>({
  gift: amount(0, GIFT_MAX).required(),
  tip: amount(0, TIP_MAX),
  reason: text(REASON_MAX).min(1).required(),
  paymentId: uuid(),
  byTransfer: Joi.object<RefundRequest['byTransfer'] & object, true>({
    bankReference: line(BANK_REFERENCE_MAX).min(1).required(),
  }),
});
export const disputeWonRequest = Joi.object<DisputeWonRequest, true>({
  note: text(NOTE_MAX).min(1).required(),
});
export const disputeFeeRequest = Joi.object<DisputeFeeRequest, true>({
  amount: amount(1, GIFT_MAX).required(),
});
export const refundListQuery = Joi.object<RefundListQuery, true>({
  status: Joi.string().valid(...REFUND_STATUSES),
  ...pageFields,
});
export const paidGiftQuery = Joi.object<PaidGiftQuery, true>({
  id: uuid(),
  reference: Joi.string().pattern(/^[A-Z0-9]{10,30}$/, 'payment reference'),
}).xor('id', 'reference');
