import type { CampaignState } from '../../server/protocol/feeds.ts';
import { UPDATES_SHOWN } from '../../server/protocol/feeds.ts';
import type {
  UnsubscribeScope,
  UnsubscribeView,
  UpdatePage,
  UpdatePicture,
  UpdateRequest,
  UpdateView,
} from '../../server/protocol/updates.ts';
import { call, query } from './api.ts';

// Calls about what teams tell their donors. Each throws ApiError.

export const fetchUpdates = (
  campaignId: string,
  page: { cursor?: string | null; limit: number },
  signal?: AbortSignal,
) => call<UpdatePage>(`/campaigns/${campaignId}/updates${query(page)}`, signal ? { signal } : {});

/** `key` is the Idempotency-Key: the same for every repetition of the same content. */
export const postUpdate = (campaignId: string, body: UpdateRequest, key: string) =>
  call<{ update: UpdateView }>(`/campaigns/${campaignId}/updates`, {
    method: 'POST',
    body,
    headers: { 'idempotency-key': key },
  });
export const previewUpdate = (campaignId: string, text: string) =>
  call<{ html: string }>(`/campaigns/${campaignId}/updates/preview`, { method: 'POST', body: { text } });
export const sendUpdatePicture = (campaignId: string, image: Blob) =>
  call<{ picture: UpdatePicture }>(`/campaigns/${campaignId}/updates/pictures`, {
    method: 'POST',
    body: image,
  });
export const hideUpdate = (campaignId: string, id: string) =>
  call<void>(`/campaigns/${campaignId}/updates/${id}`, { method: 'DELETE' });

export const fetchFollowing = (campaignId: string, signal?: AbortSignal) =>
  call<{ following: boolean }>(`/campaigns/${campaignId}/follow`, signal ? { signal } : {});
export const setFollowing = (campaignId: string, isFollowing: boolean) =>
  call<void>(`/campaigns/${campaignId}/follow`, { method: isFollowing ? 'POST' : 'DELETE' });

export const unsubscribeStanding = (token: string, signal?: AbortSignal) =>
  call<UnsubscribeView>(`/unsubscribe${query({ token })}`, signal ? { signal } : {});
export const unsubscribe = (token: string, scope: UnsubscribeScope, isUndone = false) =>
  call<UnsubscribeView>(`/unsubscribe${isUndone ? '/undo' : ''}${query({ token, scope })}`, {
    method: 'POST',
  });

/** What a page shows of a campaign's updates. `fresh` came while it stood, and waits for a person's wish to be read. */
export type Updates = { items: UpdateView[]; fresh: UpdateView[]; cursor: string | null };

export const updatesOf = ({ items, nextCursor }: UpdatePage): Updates => ({
  items,
  fresh: [],
  cursor: nextCursor,
});
export function withPosted(now: Updates, update: UpdateView): Updates {
  const isKnown = [...now.fresh, ...now.items].some(({ id }) => id === update.id);
  return isKnown ? now : { ...now, fresh: [update, ...now.fresh] };
}
export const withoutUpdate = (now: Updates, gone: string): Updates => ({
  ...now,
  items: now.items.filter(({ id }) => id !== gone),
  fresh: now.fresh.filter(({ id }) => id !== gone),
});
/** What the state does not name, though it would be among its newest, has been taken back. */
export function withUpdateState(now: Updates, { updates }: CampaignState): Updates {
  const oldest = updates.length < UPDATES_SHOWN ? 0 : (updates.at(-1)?.number ?? 0);
  const isThere = ({ id, number }: UpdateView) => number < oldest || updates.some((one) => one.id === id);
  const kept = { ...now, items: now.items.filter(isThere), fresh: now.fresh.filter(isThere) };
  return [...updates].reverse().reduce(withPosted, kept);
}
export const withFreshShown = (now: Updates): Updates => ({
  ...now,
  items: [...now.fresh, ...now.items],
  fresh: [],
});
export const withOlder = (now: Updates, page: UpdatePage): Updates => ({
  ...now,
  items: [...now.items, ...page.items.filter(({ id }) => !now.items.some((one) => one.id === id))],
  cursor: page.nextCursor,
});
