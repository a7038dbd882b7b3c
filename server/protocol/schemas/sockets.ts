import Joi from 'joi';
import type { Watch } from '../sockets.ts';
import { feedEpoch, feedName } from './feeds.ts';

export const claimToken = Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(100);
export const watch = Joi.object<Watch, true>({
  feed: feedName.required(),
  epoch: feedEpoch,
  since: Joi.number().integer().min(0),
  claimToken,
});
export const unwatch = Joi.object<{ feed: string }, true>({ feed: feedName.required() });
export const authenticate = Joi.object<{ token: string | null }, true>({
  token: Joi.string().max(4_096).allow(null).required(),
});
