import type { CampaignListQuery, CampaignPage, CampaignView } from '../../server/protocol/campaigns.ts';
import type {
  DonationCreated,
  DonationRequest,
  DonationView,
  PaymentRequest,
  PaymentView,
  WallPage,
} from '../../server/protocol/donations.ts';
import { ApiError, type Call, request } from './http.ts';
import { accessToken, dropAccessToken } from './session.ts';

/** One call as whoever is signed in, or as a guest. A token refused as stale is renewed once. Throws ApiError. */
export async function call<T>(path: string, options: Call = {}): Promise<T> {
  const token = await accessToken();
  const as = (bearer: string | null) =>
    request<T>(
      path,
      bearer ? { ...options, headers: { ...options.headers, authorization: `Bearer ${bearer}` } } : options,
    );
  try {
    return await as(token);
  } catch (error) {
    if (!token || !(error instanceof ApiError) || error.code !== 'unauthenticated') throw error;
    dropAccessToken();
    return as(await accessToken());
  }
}

/** Query string of the values that are set, with its question mark; empty for none. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') search.set(key, String(value));
  }
  return search.size ? `?${search}` : '';
}

export const campaigns = (filter: Partial<CampaignListQuery>, signal?: AbortSignal) =>
  call<CampaignPage>(`/campaigns${query(filter)}`, signal ? { signal } : {});

export const campaign = (idOrSlug: string, signal?: AbortSignal) =>
  call<{ campaign: CampaignView }>(`/campaigns/${encodeURIComponent(idOrSlug)}`, signal ? { signal } : {});

export const wall = (
  campaignId: string,
  page: { cursor?: string | null; limit: number },
  signal?: AbortSignal,
) => call<WallPage>(`/campaigns/${campaignId}/donations${query(page)}`, signal ? { signal } : {});

/** `key` is the Idempotency-Key: the same for every repetition of the same content. */
export const donate = (campaignId: string, body: DonationRequest, key: string) =>
  call<DonationCreated>(`/campaigns/${campaignId}/donations`, {
    method: 'POST',
    body,
    headers: { 'idempotency-key': key },
  });

const claim = (token: string | null): Record<string, string> => (token ? { 'x-claim-token': token } : {});

export const donation = (id: string, claimToken: string | null, signal?: AbortSignal) =>
  call<{ donation: DonationView }>(`/donations/${encodeURIComponent(id)}`, {
    headers: claim(claimToken),
    ...(signal ? { signal } : {}),
  });

/** Opens another attempt to pay after one that failed or expired. */
export const payAgain = (id: string, body: PaymentRequest, claimToken: string | null) =>
  call<{ donation: Pick<DonationView, 'id' | 'status'>; payment: PaymentView }>(`/donations/${id}/payments`, {
    method: 'POST',
    body,
    headers: claim(claimToken),
  });

export const myDonations = (cursor?: string | null, signal?: AbortSignal) =>
  call<{ items: DonationView[]; nextCursor: string | null }>(
    `/me/donations${query({ cursor })}`,
    signal ? { signal } : {},
  );
