import Joi from 'joi';
import type { NoticeHandledRequest, NoticeListQuery } from '../notices.ts';
import { pageFields } from './settlements.ts';
import { text } from './text.ts';

const NOTE_MAX = 500;

export const noticeHandledRequest = Joi.object<NoticeHandledRequest, true>({
  note: text(NOTE_MAX).min(1).required(),
});
export const noticeListQuery = Joi.object<NoticeListQuery, true>({ handled: Joi.boolean(), ...pageFields });
/** Numbered by the database, further than JavaScript counts. */
export const byNotice = Joi.object<{ id: string }, true>({
  id: Joi.string()
    .pattern(/^[1-9][0-9]{0,17}$/, 'number')
    .required(),
});
