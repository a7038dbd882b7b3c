import type { DisputeViewRow } from '../../db/disputes.ts';
import type { RefundViewRow } from '../../db/refunds.ts';
import { rupiah } from '../../protocol/money.ts';
import type { DisputeView, RefundView } from '../../protocol/refunds.ts';

/** For finance: what went back of what, never to whom. */
export const refundView = (row: RefundViewRow): RefundView => ({
  id: row.id,
  donationId: row.donation_id,
  campaignId: row.campaign_id,
  gift: rupiah(row.gift_minor),
  tip: rupiah(row.tip_minor),
  reason: row.reason,
  status: row.status,
  madeAt: row.made_at,
  gateway: row.gateway,
  method: row.method,
  reference: row.reference,
  requestedAt: row.requested_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  failure: row.failure,
});

export const disputeView = (row: DisputeViewRow): DisputeView => ({
  id: row.id,
  donationId: row.donation_id,
  campaignId: row.campaign_id,
  kind: row.kind,
  status: row.status,
  gift: rupiah(row.gift_minor),
  tip: rupiah(row.tip_minor),
  gateway: row.gateway,
  reference: row.reference,
  at: row.at.toISOString(),
  wonAt: row.won_at?.toISOString() ?? null,
});
