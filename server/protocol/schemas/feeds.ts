import Joi from 'joi';
import { CATCH_UP_MAX, type FeedQuery, type WatchedKind } from '../feeds.ts';

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** `revocations` is not among them: processes follow it, people never do. */
const NAMES: Record<WatchedKind, string> = {
  campaign: `campaign:${ID}`,
  donation: `donation:${ID}`,
  owner: `owner:${ID}`,
  user: `user:${ID}`,
  overlay: `overlay:${ID}`,
  moderation: 'moderation',
  finance: 'finance',
};

export const feedName = Joi.string().pattern(new RegExp(`^(${Object.values(NAMES).join('|')})$`), 'feed');
export const feedNameOf = (kind: WatchedKind): Joi.StringSchema =>
  Joi.string().pattern(new RegExp(`^${NAMES[kind]}$`), 'feed');
export const feedEpoch = Joi.string().alphanum().max(32);
export const feedQuery = Joi.object<FeedQuery, true>({
  epoch: feedEpoch,
  since: Joi.number().integer().min(0),
  limit: Joi.number().integer().min(1).max(CATCH_UP_MAX).default(CATCH_UP_MAX),
});
