import Joi from 'joi';
import type { UnsubscribeView, UpdatePage, UpdatePicture, UpdatePreview, UpdateView } from '../../updates.ts';
import { picture } from './campaigns.ts';
import { count, cursor, id, instant, words } from './parts.ts';

export const updateView = Joi.object<UpdateView, true>({
  id: id().required(),
  number: count().required(),
  // Empty where an event tells of an update that was taken back since.
  title: words().required(),
  html: words().required().description('Sanitised HTML.'),
  pictures: Joi.array().items(picture).required(),
  at: instant().required(),
  proofOfUse: Joi.boolean(),
}).meta({ schemaName: 'Update' });

export const updateAnswer = Joi.object<{ update: UpdateView }, true>({ update: updateView.required() });
export const updatePage = Joi.object<UpdatePage, true>({
  items: Joi.array().items(updateView).required(),
  nextCursor: cursor().required(),
});
export const updatePreview = Joi.object<UpdatePreview, true>({ html: words().required() });
export const updatePictureAnswer = Joi.object<{ picture: UpdatePicture }, true>({
  picture: Joi.object<UpdatePicture, true>({
    id: id().required(),
    url: Joi.string().required(),
    width: count().required(),
    height: count().required(),
  }).required(),
});
export const followingAnswer = Joi.object<{ following: boolean }, true>({
  following: Joi.boolean().required(),
});
export const unsubscribeView = Joi.object<UnsubscribeView, true>({
  campaign: Joi.object<UnsubscribeView['campaign'], true>({
    title: Joi.string().required(),
    slug: Joi.string().required(),
  }).required(),
  unsubscribed: Joi.object<UnsubscribeView['unsubscribed'], true>({
    campaign: Joi.boolean().required(),
    all: Joi.boolean().required(),
  }).required(),
});
