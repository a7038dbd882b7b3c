import Joi from 'joi';
import { TITLE_MAX } from '../bounds.ts';
import {
  type UnsubscribeScope,
  UPDATE_PICTURES_MAX,
  UPDATE_TEXT_MAX,
  type UpdateRequest,
} from '../updates.ts';
import { line, text, uuid } from './text.ts';

const body = text(UPDATE_TEXT_MAX).min(1);

export const updateRequest = Joi.object<UpdateRequest, true>({
  title: line(TITLE_MAX).min(3).required(),
  text: body.required(),
  pictureIds: Joi.array().items(uuid()).max(UPDATE_PICTURES_MAX).default([]),
  proofOfUse: Joi.boolean().default(false),
});
export const previewRequest = Joi.object<{ text: string }, true>({ text: body.required() });
export const updateListQuery = Joi.object<{ cursor?: number; limit: number }, true>({
  cursor: Joi.number().integer().min(1).max(2_147_483_647),
  limit: Joi.number().integer().min(1).max(20).default(5),
});
export const unsubscribeQuery = Joi.object<{ token: string; scope: UnsubscribeScope }, true>({
  token: Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(200).required(),
  scope: Joi.string().valid('campaign', 'all').default('campaign'),
});
