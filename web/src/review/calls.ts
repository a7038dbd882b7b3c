import type { CampaignCard, CampaignView, ReviewRequest } from '../../../server/protocol/campaigns.ts';
import type { HeldMessage, MessageReviewRequest } from '../../../server/protocol/donations.ts';
import { call, campaigns } from '../api.ts';

/** Publishes a campaign or sends it back. Throws ApiError. */
export const reviewCampaign = async (id: string, body: ReviewRequest): Promise<CampaignView> =>
  (await call<{ campaign: CampaignView }>(`/campaigns/${id}/review`, { method: 'POST', body })).campaign;

/** Decides on a held message. Throws ApiError. */
export const reviewMessage = (donationId: string, body: MessageReviewRequest): Promise<void> =>
  call<void>(`/donations/${donationId}/message/review`, { method: 'POST', body });

export const heldMessages = async (): Promise<HeldMessage[]> =>
  (await call<{ items: HeldMessage[] }>('/moderation/messages')).items;

const PAGE = 50;
/** Pages of the list that one look may fetch: as many campaigns as the live list holds. */
const PAGES_MAX = 2;

/** Campaigns that wait, the oldest first; at most a hundred. */
export async function submittedCampaigns(): Promise<CampaignCard[]> {
  const all: CampaignCard[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, nextCursor } = await campaigns({
      scope: 'in_review',
      limit: PAGE,
      ...(cursor ? { cursor } : {}),
    });
    all.push(...items);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return all;
}
