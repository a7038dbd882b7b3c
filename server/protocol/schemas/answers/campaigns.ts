import Joi from 'joi';
import {
  CAMPAIGN_STATUSES,
  CATEGORIES,
  type CampaignCard,
  type CampaignPage,
  type CampaignView,
  type Picture,
  TEAM_ROLES,
  TIMEZONES,
  type Totals,
} from '../../campaigns.ts';
import { count, cursor, day, id, instant, money, words } from './parts.ts';

export const picture = Joi.object<Picture, true>({
  url: Joi.string().required(),
  width: count().required(),
  height: count().required(),
}).meta({ schemaName: 'Picture' });

export const campaignStatus = Joi.string()
  .valid(...CAMPAIGN_STATUSES)
  .meta({ schemaName: 'CampaignStatus' });

export const totals = Joi.object<Totals, true>({
  raised: money.required(),
  donorCount: count().required(),
}).meta({ schemaName: 'Totals' });

const card = {
  id: id().required(),
  slug: Joi.string().required(),
  title: Joi.string().required(),
  category: Joi.string()
    .valid(...CATEGORIES)
    .required(),
  status: campaignStatus.required(),
  goal: money.required(),
  raised: money.required(),
  donorCount: count().required(),
  endsOn: day().required(),
  endsAt: instant().required(),
  timezone: Joi.string()
    .valid(...TIMEZONES)
    .required(),
  picture: picture.allow(null).required(),
  beneficiary: Joi.string().required(),
};
export const campaignCard = Joi.object<CampaignCard, true>(card).meta({ schemaName: 'CampaignCard' });

type View = Required<CampaignView>;
export const campaignView = Joi.object<CampaignView, true>({
  ...card,
  story: words().required(),
  permitNumber: words().allow(null).required(),
  ownerName: Joi.string().required(),
  createdAt: instant().required(),
  feed: Joi.object<View['feed'], true>({
    name: Joi.string().required(),
    epoch: Joi.string().required(),
    head: count().required(),
  }).required(),
  team: Joi.object<View['team'], true>({
    role: Joi.string()
      .valid(...TEAM_ROLES)
      .allow(null)
      .required(),
    storyMarkdown: words().required(),
    reviewNote: words().allow(null).required(),
    submittedAt: instant().allow(null).required(),
  }),
}).meta({ schemaName: 'Campaign' });

export const campaignAnswer = Joi.object<{ campaign: CampaignView }, true>({
  campaign: campaignView.required(),
});

export const campaignPage = Joi.object<CampaignPage, true>({
  items: Joi.array().items(campaignCard).required(),
  nextCursor: cursor().required(),
  suggestions: Joi.array()
    .items(campaignCard)
    .description('Where a search found nothing: live campaigns that may be meant, the likeliest first.'),
}).meta({ schemaName: 'CampaignPage' });
