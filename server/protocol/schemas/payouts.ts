import Joi from 'joi';
import { PAGE_MAX } from '../campaigns.ts';
import {
  type AccountRequest,
  BANK_REFERENCE_MAX,
  type BankAccountRequest,
  HOLDER_MAX,
  type HoldRequest,
  PAYOUT_MAX,
  PAYOUT_MIN,
  PAYOUT_NOTE_MAX,
  PAYOUT_STATUSES,
  type PayoutApproval,
  type PayoutByHand,
  type PayoutListQuery,
  type PayoutNote,
  type PayoutRequest,
} from '../payouts.ts';
import { rupiahBetween } from './money.ts';
import { line, text, uuid } from './text.ts';

const accountFields = {
  bank: Joi.string()
    .pattern(/^[a-z0-9_]{2,30}$/, 'a bank code')
    .required(),
  // People write numbers in groups.
  number: Joi.string()
    .trim()
    .pattern(/^[0-9](?:[ .-]?[0-9]){5,19}$/, '6 to 20 digits')
    .required(),
};
export const accountRequest = Joi.object<AccountRequest, true>(accountFields);
export const bankAccountRequest = Joi.object<BankAccountRequest, true>({
  ...accountFields,
  holder: line(HOLDER_MAX).min(2).required(),
});
export const payoutRequest = Joi.object<PayoutRequest, true>({
  amount: rupiahBetween(PAYOUT_MIN, PAYOUT_MAX).required(),
  bankAccountId: uuid().required(),
});
export const payoutListQuery = Joi.object<PayoutListQuery, true>({
  status: Joi.string().valid(...PAYOUT_STATUSES),
  cursor: Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(300),
  limit: Joi.number().integer().min(1).max(PAGE_MAX).default(20),
});
export const payoutApproval = Joi.object<PayoutApproval, true>({
  note: text(PAYOUT_NOTE_MAX).allow('').default(''),
});
export const payoutNote = Joi.object<PayoutNote, true>({ note: text(PAYOUT_NOTE_MAX).min(1).required() });
export const payoutByHand = Joi.object<PayoutByHand, true>({
  bankReference: line(BANK_REFERENCE_MAX).min(1).required(),
});
export const holdRequest = Joi.object<HoldRequest, true>({
  amount: rupiahBetween(1, PAYOUT_MAX),
  reason: text(PAYOUT_NOTE_MAX).min(1).required(),
  until: Joi.string().isoDate(),
});
