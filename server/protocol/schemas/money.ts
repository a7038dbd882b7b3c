import Joi from 'joi';
import { CURRENCY, type Money } from '../money.ts';

/** A sum that somebody sends: whole rupiah, as a number and nothing that could become one. */
export const rupiahBetween = (min: number, max: number): Joi.ObjectSchema<Money> =>
  Joi.object<Money, true>({
    amount: Joi.number().strict().integer().min(min).max(max).required(),
    currency: Joi.string().valid(CURRENCY).required(),
  });
