import Joi from 'joi';
import {
  type ForgotPasswordRequest,
  type LoginRequest,
  PASSWORD_BYTES_MAX,
  PASSWORD_MIN,
  type RegisterRequest,
  type ResetPasswordRequest,
  type VerifyEmailRequest,
} from '../accounts.ts';
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

/** As links carry it. */
const token = Joi.string().max(200);
export const forgotPasswordRequest = Joi.object<ForgotPasswordRequest, true>({ email: email().required() });
export const resetPasswordRequest = Joi.object<ResetPasswordRequest, true>({
  token: token.required(),
  password: password.required(),
});
export const verifyEmailRequest = Joi.object<VerifyEmailRequest, true>({ token: token.required() });

// A login says nothing about the shape of good passwords; it only bounds the work.
export const loginRequest = Joi.object<LoginRequest, true>({
  email: Joi.string().trim().lowercase().max(EMAIL_MAX).required(),
  password: Joi.string().max(1_024).required(),
});
