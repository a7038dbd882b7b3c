import type { CampaignCardRow, CampaignRow } from '../../db/campaigns.ts';
import type { CampaignCard, CampaignView, Picture } from '../../protocol/campaigns.ts';
import { type CampaignEvents, campaignFeed } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';

const picture = (row: CampaignCardRow): Picture | null =>
  row.picture_id && row.picture_width && row.picture_height
    ? { url: `/pictures/${row.picture_id}.webp`, width: row.picture_width, height: row.picture_height }
    : null;

/** A campaign as lists show it, field by field. */
export const campaignCard = (row: CampaignCardRow): CampaignCard => ({
  id: row.id,
  slug: row.slug,
  title: row.title,
  category: row.category,
  status: row.status,
  goal: rupiah(row.goal_minor),
  raised: rupiah(row.raised_minor),
  donorCount: row.donor_count,
  endsOn: row.ends_on,
  endsAt: row.ends_at.toISOString(),
  timezone: row.timezone,
  picture: picture(row),
  beneficiary: row.beneficiary,
});

/** A campaign's page. `forTeam` adds what only its team and moderators may read. */
export const campaignView = (row: CampaignRow, { forTeam }: { forTeam: boolean }): CampaignView => ({
  ...campaignCard(row),
  story: row.story_html,
  permitNumber: row.permit_number,
  ownerName: row.owner_name,
  createdAt: row.created_at.toISOString(),
  feed: { name: campaignFeed(row.id), epoch: row.epoch, head: Number(row.head) },
  ...(forTeam
    ? {
        team: {
          role: row.role,
          storyMarkdown: row.story,
          reviewNote: row.review_note,
          submittedAt: row.submitted_at?.toISOString() ?? null,
        },
      }
    : {}),
});

/** The part of a campaign that its live feed repeats in full whenever some of it changes. */
export const campaignUpdated = (row: CampaignCardRow): CampaignEvents['campaign.updated'] => ({
  title: row.title,
  goal: rupiah(row.goal_minor),
  endsOn: row.ends_on,
  endsAt: row.ends_at.toISOString(),
  status: row.status,
  picture: picture(row),
});
