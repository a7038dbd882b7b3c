import Joi from 'joi';
import { CURRENCY, type Money } from '../../money.ts';

/**
 * Parts of what we answer. Unlike a request's schema, an answer's changes nothing and forgives nothing: a field that
 * nobody announced is an error of ours. `.meta({ schemaName })` gives a schema its name in the API's description.
 */

/** ISO 8601 in UTC. */
export const instant = () => Joi.string().isoDate();
/** YYYY-MM-DD. */
export const day = () => Joi.string().pattern(/^\d{4}-\d{2}-\d{2}$/);
export const id = () => Joi.string().guid();
/** Words as they stand, which may be none. */
export const words = () => Joi.string().allow('');
export const count = () => Joi.number().integer().min(0);
export const cursor = () => Joi.string().allow(null);

export const money = Joi.object<Money, true>({
  amount: Joi.number().integer().required(),
  currency: Joi.string().valid(CURRENCY).required(),
})
  .description('Whole rupiah.')
  .meta({ schemaName: 'Money' });
