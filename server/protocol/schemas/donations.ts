import Joi from 'joi';
import { MESSAGE_MAX, NAME_MAX, NOTE_MAX } from '../bounds.ts';
import {
  type DonationRequest,
  GATEWAYS,
  type MessageReviewRequest,
  type PaymentRequest,
} from '../donations.ts';
import { METHODS } from '../methods.ts';
import { GIFT_MAX, GIFT_MIN, TIP_MAX } from '../money.ts';
import { rupiahBetween } from './money.ts';
import { email, line, text } from './text.ts';

const method = Joi.string().valid(...METHODS);
const gateway = Joi.string().valid(...GATEWAYS);

export const donationRequest = Joi.object<DonationRequest, true>({
  gift: rupiahBetween(GIFT_MIN, GIFT_MAX).required(),
  tip: rupiahBetween(0, TIP_MAX),
  donor: Joi.object({
    name: line(NAME_MAX).min(1),
    email: email(),
    anonymous: Joi.boolean().strict(),
    updates: Joi.boolean().strict(),
  }),
  message: text(MESSAGE_MAX).allow(''),
  method: method.required(),
  gateway,
  form: Joi.object({
    elapsedMs: Joi.number().integer().min(0).max(86_400_000),
    website: Joi.string().max(500).allow(''),
  }),
});
export const paymentRequest = Joi.object<PaymentRequest, true>({ method: method.required(), gateway });
export const messageReviewRequest = Joi.object<MessageReviewRequest, true>({
  decision: Joi.string().valid('show', 'reject').required(),
  note: text(NOTE_MAX).allow(''),
});

/** Idempotency-Key of the creating calls; Stripe's bound of 255 characters, printable ASCII. */
export const idempotencyKey = Joi.string()
  .pattern(/^[\x21-\x7e]{8,255}$/)
  .required();
