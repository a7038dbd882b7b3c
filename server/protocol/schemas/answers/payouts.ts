import Joi from 'joi';
import {
  type Balances,
  type Bank,
  type BankAccountView,
  type HoldView,
  PAYOUT_STATUSES,
  type PayoutPage,
  type PayoutView,
} from '../../payouts.ts';
import { cursor, id, instant, money, words } from './parts.ts';

export const balances = Joi.object<Balances, true>({
  paid: money.required(),
  settled: money.required(),
  refunded: money.required(),
  clawedBack: money.required(),
  fees: money.required(),
  paidOut: money.required(),
  pending: money.required(),
  held: money.required(),
  owed: money.required(),
  available: money.required(),
}).meta({ schemaName: 'Balances' });
export const balancesAnswer = Joi.object<{ balances: Balances }, true>({ balances: balances.required() });

export const bankAccountView = Joi.object<BankAccountView, true>({
  id: id().required(),
  bank: Joi.string().required(),
  number: Joi.string().required(),
  holder: Joi.string().required(),
  addedAt: instant().required(),
  usableFrom: instant().required(),
  retired: Joi.boolean().required(),
}).meta({ schemaName: 'BankAccount' });
export const bankAccountAnswer = Joi.object<{ bankAccount: BankAccountView }, true>({
  bankAccount: bankAccountView.required(),
});
export const bankAccountList = Joi.object<{ items: BankAccountView[] }, true>({
  items: Joi.array().items(bankAccountView).required(),
});
export const bankList = Joi.object<{ items: Bank[] }, true>({
  items: Joi.array()
    .items(
      Joi.object<Bank, true>({ code: Joi.string().required(), name: Joi.string().required() }).meta({
        schemaName: 'Bank',
      }),
    )
    .required(),
});

export const holderAnswer = Joi.object<{ holder: string }, true>({ holder: Joi.string().required() });

export const payoutView = Joi.object<PayoutView, true>({
  id: id().required(),
  campaignId: id().required(),
  campaignTitle: Joi.string().required(),
  refundId: id().allow(null).required(),
  bankAccount: Joi.object<PayoutView['bankAccount'], true>({
    bank: words().required(),
    number: words().required(),
    holder: words().required(),
  }).required(),
  amount: money.required(),
  status: Joi.string()
    .valid(...PAYOUT_STATUSES)
    .required(),
  requestedAt: instant().required(),
  decidedAt: instant().allow(null).required(),
  endedAt: instant().allow(null).required(),
  note: words().required(),
  failure: Joi.string().allow(null).required(),
}).meta({ schemaName: 'Payout' });
export const payoutAnswer = Joi.object<{ payout: PayoutView }, true>({ payout: payoutView.required() });
export const payoutPage = Joi.object<PayoutPage, true>({
  items: Joi.array().items(payoutView).required(),
  nextCursor: cursor().required(),
});

export const holdView = Joi.object<HoldView, true>({
  id: id().required(),
  amount: money.allow(null).required(),
  reason: words().required().description('Empty for the team of the campaign.'),
  until: instant().allow(null).required(),
  placedAt: instant().required(),
  releasedAt: instant().allow(null).required(),
}).meta({ schemaName: 'Hold' });
export const holdAnswer = Joi.object<{ hold: HoldView }, true>({ hold: holdView.required() });
export const holdList = Joi.object<{ items: HoldView[] }, true>({
  items: Joi.array().items(holdView).required(),
});
