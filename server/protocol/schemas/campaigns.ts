import Joi from 'joi';
import { NAME_MAX, NOTE_MAX, STORY_MAX, TITLE_MAX } from '../bounds.ts';
import {
  CATEGORIES,
  type CampaignChange,
  type CampaignListQuery,
  type CampaignRequest,
  PAGE_MAX,
  type ReviewRequest,
  SORTS,
  TIMEZONES,
} from '../campaigns.ts';
import { GOAL_MAX, GOAL_MIN } from '../money.ts';
import { rupiahBetween } from './money.ts';
import { line, text } from './text.ts';

const fields = {
  title: line(TITLE_MAX).min(8),
  story: text(STORY_MAX).min(30),
  category: Joi.string().valid(...CATEGORIES),
  goal: rupiahBetween(GOAL_MIN, GOAL_MAX),
  // A day as text: joi's own date check would turn it into an instant.
  endsOn: Joi.string().pattern(/^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD'),
  timezone: Joi.string().valid(...TIMEZONES),
  beneficiary: line(NAME_MAX).min(2),
  permitNumber: line(NAME_MAX).allow(null),
};

export const campaignRequest = Joi.object<CampaignRequest, true>({
  title: fields.title.required(),
  story: fields.story.required(),
  category: fields.category.required(),
  goal: fields.goal.required(),
  endsOn: fields.endsOn.required(),
  timezone: fields.timezone.required(),
  beneficiary: fields.beneficiary.required(),
  permitNumber: fields.permitNumber,
});
export const campaignChange = Joi.object<CampaignChange, true>(fields).min(1);
export const reviewRequest = Joi.object<ReviewRequest, true>({
  decision: Joi.string().valid('approve', 'reject').required(),
  note: text(NOTE_MAX).allow('').default(''),
});
export const campaignListQuery = Joi.object<CampaignListQuery, true>({
  q: line(100).allow(''),
  category: Joi.string().valid(...CATEGORIES),
  sort: Joi.string().valid(...SORTS),
  cursor: Joi.string().base64({ urlSafe: true, paddingRequired: false }).max(300),
  limit: Joi.number().integer().min(1).max(PAGE_MAX).default(20),
  scope: Joi.string().valid('mine', 'in_review'),
});
