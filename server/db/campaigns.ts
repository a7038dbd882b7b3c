import type { IBaseProtocol } from 'pg-promise';
import type { CampaignStatus, Category, TeamRole, Timezone } from '../protocol/campaigns.ts';
import { sql } from './sql.ts';

export type CampaignCardRow = {
  id: string;
  slug: string;
  title: string;
  category: Category;
  status: CampaignStatus;
  goal_minor: bigint;
  raised_minor: bigint;
  donor_count: number;
  /** YYYY-MM-DD */
  ends_on: string;
  ends_at: Date;
  timezone: Timezone;
  beneficiary: string;
  picture_id: string | null;
  picture_width: number | null;
  picture_height: number | null;
  created_at: Date;
  submitted_at: Date | null;
  published_at: Date | null;
};
/** A campaign with what one viewer is to it: `role` is null for whoever is not on its team. */
export type CampaignRow = CampaignCardRow & {
  story: string;
  story_html: string;
  permit_number: string | null;
  owner_name: string;
  paused_by: 'team' | 'moderator' | null;
  epoch: string;
  head: bigint;
  role: TeamRole | null;
  /** Of the last review. */
  review_note: string | null;
};
/** `key` is what the list is sorted by: microseconds since 1970, or rupiah. */
export type ListedRow = CampaignCardRow & { key: bigint };

export type CampaignFields = {
  title: string;
  /** Markdown, and the same as HTML. */
  story: string;
  storyHtml: string;
  category: Category;
  goalMinor: number;
  endsOn: string;
  timezone: Timezone;
  beneficiary: string;
  permitNumber: string | null;
};
export type NewCampaign = CampaignFields & {
  id: string;
  slug: string;
  ownerId: string;
  ownerName: string;
  now: Date;
};
export type StatusChange = {
  id: string;
  status: CampaignStatus;
  pausedBy: 'team' | 'moderator' | null;
  /** Null leaves these as they are. */
  submittedAt: Date | null;
  publishedAt: Date | null;
};
/** `q` is what somebody typed; `key` and `id` are those of the last row of the page before, or null for the first page. */
export type ListPage = {
  category: Category | null;
  q: string | null;
  key: bigint | null;
  id: string | null;
  limit: number;
};

const insert = sql('campaigns/insert.sql');
const countUnfinished = sql('campaigns/count-unfinished.sql');
const slugNumbers = sql('campaigns/slug-numbers.sql');
const lock = sql('campaigns/lock.sql');
const find = sql('campaigns/find.sql');
const roleOf = sql('campaigns/role-of.sql');
const state = sql('campaigns/state.sql');
const update = sql('campaigns/update.sql');
const setStatus = sql('campaigns/set-status.sql');
const setPicture = sql('campaigns/set-picture.sql');
const insertReview = sql('campaigns/insert-review.sql');
const lockDue = sql('campaigns/lock-due.sql');
const end = sql('campaigns/end.sql');
const listNewest = sql('campaigns/list-newest.sql');
const listEnding = sql('campaigns/list-ending.sql');
const listMostRaised = sql('campaigns/list-most-raised.sql');
const listRelevant = sql('campaigns/list-relevant.sql');
const suggest = sql('campaigns/suggest.sql');
const listMine = sql('campaigns/list-mine.sql');
const listInReview = sql('campaigns/list-in-review.sql');

export const campaigns = (q: IBaseProtocol<unknown>) => ({
  /** With its totals and its owner's membership. False if the slug is taken. */
  insert: async (campaign: NewCampaign) => (await q.oneOrNone(insert, campaign)) !== null,
  countUnfinished: async (ownerId: string) => (await q.one<{ n: number }>(countUnfinished, { ownerId })).n,
  /** Numbers in use behind a slug; 1 stands for the slug without a number. */
  slugNumbers: async (base: string) => {
    const rows = await q.any<{ n: number }>(slugNumbers, { base });
    return new Set(rows.map((row) => row.n));
  },

  /** Holds the campaign against other changes until the transaction ends. Read it afterwards, not before. */
  lock: async (id: string) => (await q.oneOrNone(lock, { id })) !== null,
  find: (which: { id: string | null; slug: string | null; viewerId: string | null }) =>
    q.oneOrNone<CampaignRow>(find, which),
  roleOf: async (campaignId: string, userId: string) =>
    (await q.oneOrNone<{ role: TeamRole }>(roleOf, { campaignId, userId }))?.role ?? null,
  state: (id: string) => q.oneOrNone<CampaignCardRow>(state, { id }),

  update: (campaign: CampaignFields & { id: string }) => q.none(update, campaign),
  setStatus: (change: StatusChange) => q.none(setStatus, change),
  setPicture: (id: string, pictureId: string) => q.none(setPicture, { id, pictureId }),
  insertReview: (review: {
    id: string;
    campaignId: string;
    moderatorId: string;
    decision: 'approve' | 'reject';
    note: string;
    now: Date;
  }) => q.none(insertReview, review),

  /** Locks campaigns whose last day is over and that are not ended yet. */
  lockDue: (due: { now: Date; limit: number }) => q.any<{ id: string }>(lockDue, due),
  end: (ids: string[]) => q.none(end, { ids }),

  /** Live campaigns, the last published first. */
  listNewest: (page: ListPage & { now: Date }) => q.any<ListedRow>(listNewest, page),
  listEnding: (page: ListPage & { now: Date }) => q.any<ListedRow>(listEnding, page),
  listMostRaised: (page: ListPage & { now: Date }) => q.any<ListedRow>(listMostRaised, page),
  /** The best match for `q` first. */
  listRelevant: (page: ListPage & { now: Date }) => q.any<ListedRow>(listRelevant, page),
  /** Live campaigns whose titles look like `q`, then the newest. */
  suggest: (asked: { q: string; now: Date; limit: number }) => q.any<ListedRow>(suggest, asked),
  listMine: (page: ListPage & { userId: string }) => q.any<ListedRow>(listMine, page),
  listInReview: (page: ListPage) => q.any<ListedRow>(listInReview, page),
});
