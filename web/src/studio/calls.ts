import type { CampaignChange, CampaignRequest, CampaignView } from '../../../server/protocol/campaigns.ts';
import { call } from '../api.ts';

// Each answers the campaign as it then stands, and throws ApiError.

const answer = async (path: string, options: Parameters<typeof call>[1]): Promise<CampaignView> =>
  (await call<{ campaign: CampaignView }>(path, options)).campaign;

export const createCampaign = (body: CampaignRequest) => answer('/campaigns', { method: 'POST', body });

export const changeCampaign = (id: string, body: CampaignChange) =>
  answer(`/campaigns/${id}`, { method: 'PATCH', body });

export const submitCampaign = (id: string) => answer(`/campaigns/${id}/submit`, { method: 'POST' });
export const pauseCampaign = (id: string) => answer(`/campaigns/${id}/pause`, { method: 'POST' });
export const resumeCampaign = (id: string) => answer(`/campaigns/${id}/resume`, { method: 'POST' });

/** The image's own bytes; its type names the format. */
export const sendPicture = (id: string, image: Blob) =>
  answer(`/campaigns/${id}/picture`, { method: 'PUT', body: image });
