import Joi from 'joi';
import { EMAIL_MAX } from '../bounds.ts';

// Control characters break logs, mails and CSV files; new lines and tabs are the only ones a story needs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;

/** One line or more of human text, trimmed, without control characters or text-direction overrides. */
export const text = (max: number): Joi.StringSchema =>
  Joi.string()
    .trim()
    .max(max)
    .pattern(CONTROL, { invert: true, name: 'control characters' })
    .messages({ 'string.pattern.invert.name': '{#label} holds characters that cannot be shown' });

export const line = (max: number): Joi.StringSchema =>
  text(max).pattern(/[\n\r\t]/, { invert: true, name: 'line breaks' });

export const email = (): Joi.StringSchema =>
  Joi.string()
    .trim()
    .lowercase()
    .max(EMAIL_MAX)
    .email({ tlds: { allow: false } });

export const uuid = (): Joi.StringSchema => Joi.string().lowercase().uuid();

// Months of 31 days, of 30, February, and the 29th of leap years.
const DAY =
  /^(20\d\d-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))|20([02468][048]|[13579][26])-02-29)$/;

/** A day of the calendar as text: joi's own date check would turn it into an instant. */
export const calendarDay = (): Joi.StringSchema => Joi.string().pattern(DAY, 'YYYY-MM-DD');
