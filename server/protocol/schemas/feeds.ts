import Joi from 'joi';
import { CATCH_UP_MAX, type FeedQuery } from '../feeds.ts';

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const FEED = new RegExp(`^((campaign|donation|owner|user|overlay):${ID}|moderation|finance)$`);

/** `revocations` is not among them: processes follow it, people never do. */
export const feedName = Joi.string().pattern(FEED, 'feed');
export const feedEpoch = Joi.string().alphanum().max(32);
export const feedQuery = Joi.object<FeedQuery, true>({
  epoch: feedEpoch,
  since: Joi.number().integer().min(0),
  limit: Joi.number().integer().min(1).max(CATCH_UP_MAX).default(CATCH_UP_MAX),
});
