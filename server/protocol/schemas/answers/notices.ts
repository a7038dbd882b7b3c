import Joi from 'joi';
import type { NoticePage, NoticeView } from '../../notices.ts';
import { cursor, instant, words } from './parts.ts';

const noticeView = Joi.object<NoticeView, true>({
  id: Joi.string().required(),
  gateway: Joi.string().required(),
  kind: Joi.string().required(),
  reference: words().allow(null).required(),
  reason: words().required(),
  at: instant().required(),
  handled: Joi.object<NoticeView['handled'] & object, true>({
    note: Joi.string().required(),
    by: words().required(),
    at: instant().required(),
  })
    .allow(null)
    .required(),
}).meta({ schemaName: 'GatewayNotice' });
export const noticeAnswer = Joi.object<{ notice: NoticeView }, true>({ notice: noticeView.required() });
export const noticePage = Joi.object<NoticePage, true>({
  items: Joi.array().items(noticeView).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'GatewayNoticePage' });
