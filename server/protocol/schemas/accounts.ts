import Joi from 'joi';
import { type LoginRequest, PASSWORD_BYTES_MAX, PASSWORD_MIN, type RegisterRequest } from '../accounts.ts';
import { EMAIL_MAX, NAME_MAX } from '../bounds.ts';
import { email, line } from './text.ts';

const password = Joi.string()
  .min(PASSWORD_MIN)
  .max(PASSWORD_BYTES_MAX, 'utf8')
  .messages({ 'string.max': `{#label} must not be longer than ${PASSWORD_BYTES_MAX} bytes` });

export const registerRequest = Joi.object<RegisterRequest, true>({
  email: email().required(),
  password: password.required(),
  name: line(NAME_MAX).min(1).required(),
});

// A login says nothing about the shape of good passwords; it only bounds the work.
export const loginRequest = Joi.object<LoginRequest, true>({
  email: Joi.string().trim().lowercase().max(EMAIL_MAX).required(),
  password: Joi.string().max(1_024).required(),
});
