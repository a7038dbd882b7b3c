import type { Money } from './money.ts';

export const CATEGORIES = [
  'bencana',
  'pendidikan',
  'kesehatan',
  'lingkungan',
  'air-bersih',
  'sosial',
  'hewan',
  'rumah-ibadah',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Indonesia's three zones: WIB, WITA, WIT. None has daylight saving. */
export const TIMEZONES = ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'] as const;
export type Timezone = (typeof TIMEZONES)[number];

export const CAMPAIGN_STATUSES = ['draft', 'in_review', 'live', 'paused', 'rejected', 'ended'] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

export const TEAM_ROLES = ['owner', 'editor', 'viewer'] as const;
export type TeamRole = (typeof TEAM_ROLES)[number];

/** `relevance` needs words to look for; without them it is `newest`. */
export const SORTS = ['relevance', 'newest', 'ending', 'most_raised'] as const;
export type Sort = (typeof SORTS)[number];

export const PAGE_MAX = 50;
export const PICTURE_BYTES_MAX = 5 * 1024 * 1024;

export type Picture = { url: string; width: number; height: number };

/** What a campaign's live feed and its page show as the sum of all gifts. Tips are not in it. */
export type Totals = { raised: Money; donorCount: number };

export type CampaignCard = {
  id: string;
  slug: string;
  title: string;
  category: Category;
  status: CampaignStatus;
  goal: Money;
  raised: Money;
  donorCount: number;
  endsOn: string;
  /** First instant after the last day, in the campaign's own zone. */
  endsAt: string;
  timezone: Timezone;
  picture: Picture | null;
  beneficiary: string;
};

export type CampaignView = CampaignCard & {
  /** Sanitised HTML. */
  story: string;
  permitNumber: string | null;
  ownerName: string;
  createdAt: string;
  feed: { name: string; epoch: string; head: number };
  /** Only for the campaign's own team and staff. */
  team?: {
    role: TeamRole | null;
    storyMarkdown: string;
    reviewNote: string | null;
    submittedAt: string | null;
  };
};

export type CampaignPage = {
  items: CampaignCard[];
  nextCursor: string | null;
  /** Where a search found nothing: live campaigns that may be meant, the likeliest first. */
  suggestions?: CampaignCard[];
};

export type CampaignRequest = {
  title: string;
  story: string;
  category: Category;
  goal: Money;
  /** YYYY-MM-DD in `timezone`; the whole day still counts. */
  endsOn: string;
  timezone: Timezone;
  beneficiary: string;
  permitNumber?: string | null;
};
export type CampaignChange = Partial<CampaignRequest>;
export type ReviewRequest = { decision: 'approve' | 'reject'; note: string };
export type CampaignListQuery = {
  q?: string;
  category?: Category;
  /** `relevance` where something is looked for, else `newest`, unless it says otherwise. */
  sort?: Sort;
  cursor?: string;
  limit: number;
  /** `mine`: the caller's own campaigns in any status; `in_review`: moderators only. */
  scope?: 'mine' | 'in_review';
};
