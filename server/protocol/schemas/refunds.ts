import Joi from 'joi';
import { GIFT_MAX, TIP_MAX } from '../money.ts';
import {
  type DisputeFeeRequest,
  type DisputeWonRequest,
  type PaidGiftQuery,
  REFUND_STATUSES,
  type RefundListQuery,
  type RefundRequest,
} from '../refunds.ts';
import { rupiahBetween } from './money.ts';
import { accountRequest } from './payouts.ts';
import { pageFields } from './settlements.ts';
import { line, text, uuid } from './text.ts';

/** As long as Midtrans takes one. */
const REASON_MAX = 255;
const NOTE_MAX = 500;
/** With what stands before it, it is the key of the refund. */
const BANK_REFERENCE_MAX = 80;

export const refundRequest = Joi.object<RefundRequest, true>({
  gift: rupiahBetween(0, GIFT_MAX).required(),
  tip: rupiahBetween(0, TIP_MAX),
  reason: text(REASON_MAX).min(1).required(),
  paymentId: uuid(),
  byTransfer: Joi.object<RefundRequest['byTransfer'] & object, true>({
    bankReference: line(BANK_REFERENCE_MAX).min(1).required(),
  }),
  byPayout: accountRequest,
}).oxor('byTransfer', 'byPayout');
export const disputeWonRequest = Joi.object<DisputeWonRequest, true>({
  note: text(NOTE_MAX).min(1).required(),
});
export const disputeFeeRequest = Joi.object<DisputeFeeRequest, true>({
  amount: rupiahBetween(1, GIFT_MAX).required(),
});
export const refundListQuery = Joi.object<RefundListQuery, true>({
  status: Joi.string().valid(...REFUND_STATUSES),
  ...pageFields,
});
export const paidGiftQuery = Joi.object<PaidGiftQuery, true>({
  id: uuid(),
  reference: Joi.string().pattern(/^[A-Z0-9]{10,30}$/, 'payment reference'),
}).xor('id', 'reference');
