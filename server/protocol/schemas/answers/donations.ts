import Joi from 'joi';
import {
  DONATION_STATUSES,
  type DonationCreated,
  type DonationView,
  GATEWAYS,
  type HeldMessage,
  PAYMENT_STATUSES,
  type PaymentView,
  type ReceiptView,
  type WallItem,
  type WallPage,
} from '../../donations.ts';
import { METHODS } from '../../methods.ts';
import { OFFLINE_WAYS } from '../../offline.ts';
import { cursor, id, instant, money, words } from './parts.ts';

export const donationStatus = Joi.string()
  .valid(...DONATION_STATUSES)
  .meta({ schemaName: 'DonationStatus' });
export const method = Joi.string()
  .valid(...METHODS)
  .meta({ schemaName: 'Method' });
export const paidBy = Joi.string()
  .valid(...METHODS, ...OFFLINE_WAYS)
  .meta({ schemaName: 'PaidBy' });

const campaign = Joi.object<DonationView['campaign'], true>({
  id: id().required(),
  slug: Joi.string().required(),
  title: Joi.string().required(),
}).meta({ schemaName: 'CampaignName' });

export const paymentView = Joi.object<PaymentView, true>({
  id: id().required(),
  gateway: Joi.string()
    .valid(...GATEWAYS, 'offline')
    .required(),
  method: paidBy.required(),
  status: Joi.string()
    .valid(...PAYMENT_STATUSES)
    .required(),
  amount: money.required(),
  redirectUrl: Joi.string().allow(null).required(),
  expiresAt: instant().allow(null).required(),
}).meta({ schemaName: 'Payment' });

export const donationView = Joi.object<DonationView, true>({
  id: id().required(),
  status: donationStatus.required(),
  gift: money.required(),
  tip: money.required(),
  returned: money.required(),
  campaign: campaign.required(),
  donorName: Joi.string().allow(null).required(),
  anonymous: Joi.boolean().required(),
  message: words().allow(null).required(),
  messageStatus: Joi.string().valid('shown', 'held', 'rejected').allow(null).required(),
  createdAt: instant().required(),
  paidAt: instant().allow(null).required(),
  payment: paymentView.allow(null).required(),
}).meta({ schemaName: 'Donation' });

export const receiptAnswer = Joi.object<{ receipt: ReceiptView }, true>({
  receipt: Joi.object<ReceiptView, true>({
    donationId: id().required(),
    status: donationStatus.required(),
    gift: money.required(),
    tip: money.required(),
    returned: money.required(),
    donorName: Joi.string().allow(null).required(),
    campaign: Joi.object<ReceiptView['campaign'], true>({
      slug: Joi.string().required(),
      title: Joi.string().required(),
    }).required(),
    beneficiary: Joi.string().required(),
    permitNumber: Joi.string().allow(null).required(),
    paidAt: instant().required(),
    method: paidBy.required(),
    reference: Joi.string().required(),
  })
    .required()
    .meta({ schemaName: 'Receipt' }),
});

export const donationAnswer = Joi.object<{ donation: DonationView }, true>({
  donation: donationView.required(),
});
export const donationPage = Joi.object<{ items: DonationView[]; nextCursor: string | null }, true>({
  items: Joi.array().items(donationView).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'DonationPage' });

const made = Joi.object<DonationCreated['donation'], true>({
  id: id().required(),
  status: donationStatus.required(),
}).required();
export const donationCreated = Joi.object<DonationCreated, true>({
  donation: made,
  payment: paymentView.required(),
  claimToken: Joi.string().required(),
}).meta({ schemaName: 'DonationCreated' });
/** Whoever pays again has the claim token already. */
export const paymentCreated = Joi.object<Omit<DonationCreated, 'claimToken'>, true>({
  donation: made,
  payment: paymentView.required(),
}).meta({ schemaName: 'PaymentCreated' });

export const wallFields = {
  id: id().required(),
  name: Joi.string().allow(null).required(),
  gift: money.required(),
  message: words().allow(null).required(),
  at: instant().required(),
};
export const wallItem = Joi.object<WallItem, true>(wallFields).meta({ schemaName: 'WallItem' });
export const wallPage = Joi.object<WallPage, true>({
  items: Joi.array().items(wallItem).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'WallPage' });

export const heldMessage = Joi.object<HeldMessage, true>({
  donationId: id().required(),
  campaign: campaign.required(),
  gift: money.required(),
  message: words().required(),
  reasons: Joi.array().items(Joi.string()).required(),
  at: instant().required(),
}).meta({ schemaName: 'HeldMessage' });
export const heldMessages = Joi.object<{ items: HeldMessage[] }, true>({
  items: Joi.array().items(heldMessage).required(),
});
