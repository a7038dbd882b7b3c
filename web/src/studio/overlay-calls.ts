import type {
  OverlayMade,
  OverlaySettings,
  OverlayView,
  SkipRequest,
} from '../../../server/protocol/overlays.ts';
import { call } from '../api.ts';
import { newKey } from '../new-key.ts';

// Calls about a campaign's overlay. Each throws ApiError.

const once = () => ({ 'idempotency-key': newKey() });
const rupiah = (amount: number) => ({ amount, currency: 'IDR' as const });

export const fetchOverlay = async (campaignId: string, signal: AbortSignal) =>
  (await call<{ overlay: OverlayView | null }>(`/campaigns/${campaignId}/overlay`, { signal })).overlay;
/** `key` is the Idempotency-Key: the same for every repetition, so that a link that was made is not lost. */
export const makeOverlay = (campaignId: string, key: string) =>
  call<OverlayMade>(`/campaigns/${campaignId}/overlay`, {
    method: 'POST',
    headers: { 'idempotency-key': key },
  });
export const renewOverlay = (campaignId: string, key: string) =>
  call<OverlayMade>(`/campaigns/${campaignId}/overlay/renew`, {
    method: 'POST',
    headers: { 'idempotency-key': key },
  });
export const revokeOverlay = (campaignId: string) =>
  call<void>(`/campaigns/${campaignId}/overlay`, { method: 'DELETE' });
export const setOverlay = async (campaignId: string, body: OverlaySettings) =>
  (await call<{ overlay: OverlayView }>(`/campaigns/${campaignId}/overlay/settings`, { method: 'PUT', body }))
    .overlay;
export const testAlert = (campaignId: string, amount: number) =>
  call<object>(`/campaigns/${campaignId}/overlay/test`, {
    method: 'POST',
    body: { gift: rupiah(amount) },
    headers: once(),
  });
export const replayAlert = (campaignId: string, donationId: string) =>
  call<object>(`/campaigns/${campaignId}/overlay/replay`, {
    method: 'POST',
    body: { donationId },
    headers: once(),
  });
export const skipAlert = (campaignId: string, what: SkipRequest['what']) =>
  call<object>(`/campaigns/${campaignId}/overlay/skip`, { method: 'POST', body: { what }, headers: once() });
