import Joi from 'joi';
import { PAYMENT_STATUSES } from '../../donations.ts';
import {
  DISPUTE_KINDS,
  DISPUTE_STATUSES,
  type DisputePage,
  type DisputeView,
  type PaidGiftView,
  REFUND_STATUSES,
  REFUND_WAYS,
  type RefundPage,
  type RefundView,
} from '../../refunds.ts';
import { donationStatus, paidBy } from './donations.ts';
import { cursor, id, instant, money, words } from './parts.ts';

export const refundView = Joi.object<RefundView, true>({
  id: id().required(),
  donationId: id().required(),
  campaignId: id().required(),
  gift: money.required(),
  tip: money.required(),
  reason: words().required(),
  status: Joi.string()
    .valid(...REFUND_STATUSES)
    .required(),
  madeAt: Joi.string()
    .valid(...REFUND_WAYS)
    .required(),
  gateway: Joi.string().required(),
  method: paidBy.required(),
  reference: Joi.string().required(),
  requestedAt: instant().required(),
  endedAt: instant().allow(null).required(),
  failure: words().allow(null).required(),
}).meta({ schemaName: 'Refund' });
export const refundAnswer = Joi.object<{ refund: RefundView }, true>({ refund: refundView.required() });
export const refundPage = Joi.object<RefundPage, true>({
  items: Joi.array().items(refundView).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'RefundPage' });

const disputeView = Joi.object<DisputeView, true>({
  id: id().required(),
  donationId: id().required(),
  campaignId: id().required(),
  kind: Joi.string()
    .valid(...DISPUTE_KINDS)
    .required(),
  status: Joi.string()
    .valid(...DISPUTE_STATUSES)
    .required(),
  gift: money.required(),
  tip: money.required(),
  gateway: Joi.string().required(),
  reference: Joi.string().required(),
  at: instant().required(),
  wonAt: instant().allow(null).required(),
}).meta({ schemaName: 'Dispute' });
export const disputeAnswer = Joi.object<{ dispute: DisputeView }, true>({ dispute: disputeView.required() });
export const disputePage = Joi.object<DisputePage, true>({
  items: Joi.array().items(disputeView).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'DisputePage' });

const payment = Joi.object<PaidGiftView['payments'][number], true>({
  id: id().required(),
  gateway: Joi.string().required(),
  method: paidBy.required(),
  reference: Joi.string().required(),
  status: Joi.string()
    .valid(...PAYMENT_STATUSES)
    .required(),
  amount: money.required(),
  returnedGift: money.required(),
  returnedTip: money.required(),
  refundable: Joi.string().valid('any part', 'all or nothing', 'by transfer').required(),
  settled: Joi.boolean().required(),
  suspense: Joi.boolean().required(),
});
export const paidGiftAnswer = Joi.object<{ donation: PaidGiftView }, true>({
  donation: Joi.object<PaidGiftView, true>({
    id: id().required(),
    campaign: Joi.object<PaidGiftView['campaign'], true>({
      id: id().required(),
      slug: Joi.string().required(),
      title: Joi.string().required(),
    }).required(),
    status: donationStatus.required(),
    gift: money.required(),
    tip: money.required(),
    returned: money.required(),
    paidAt: instant().allow(null).required(),
    payments: Joi.array().items(payment).required(),
  })
    .required()
    .meta({ schemaName: 'PaidGift' }),
});
