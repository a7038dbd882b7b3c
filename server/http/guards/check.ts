import type Joi from 'joi';
import { Refusal } from '../../domain/refusal.ts';

/**
 * Holds what came over the wire to its schema. Unknown keys are refused, and every fault is named with its path.
 * Throws Refusal 'invalid-input'.
 */
export function check<T>(schema: Joi.Schema<T>, value: unknown, options: { convert?: boolean } = {}): T {
  const result = schema.validate(value ?? {}, {
    abortEarly: false,
    convert: options.convert ?? true,
    errors: { wrap: { label: false } },
  });
  if (!result.error) return result.value;
  throw new Refusal('invalid-input', 'Some fields need attention.', {
    errors: result.error.details
      .slice(0, ERRORS_MAX)
      .map(({ path, message }) => ({ path: path.join('.'), message })),
  });
}

const ERRORS_MAX = 20;
