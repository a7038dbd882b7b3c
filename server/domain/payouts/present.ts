import type { BankAccountRow } from '../../db/bank-accounts.ts';
import type { NewEvent } from '../../db/feeds.ts';
import type { HoldRow } from '../../db/holds.ts';
import type { PayoutRow } from '../../db/payouts.ts';
import { FINANCE, type FinanceEvents, type OwnerEvents, ownerFeed } from '../../protocol/feeds.ts';
import { rupiah } from '../../protocol/money.ts';
import {
  type BankAccountView,
  type HoldView,
  maskedNumber,
  type PayoutStatus,
  type PayoutView,
} from '../../protocol/payouts.ts';

export const payoutView = (row: PayoutRow, { full = false } = {}): PayoutView => ({
  id: row.id,
  campaignId: row.campaign_id,
  campaignTitle: row.campaign_title,
  refundId: row.refund_id,
  bankAccount: {
    bank: row.bank,
    number: full || row.number === '' ? row.number : maskedNumber(row.number),
    holder: row.holder,
  },
  amount: rupiah(row.amount_minor),
  status: row.status,
  requestedAt: row.requested_at.toISOString(),
  decidedAt: row.decided_at?.toISOString() ?? null,
  endedAt: row.ended_at?.toISOString() ?? null,
  note: row.note,
  failure: row.failure,
});

export const bankAccountView = (row: BankAccountRow, { full }: { full: boolean }): BankAccountView => ({
  id: row.id,
  bank: row.bank,
  number: full ? row.number : maskedNumber(row.number),
  holder: row.holder,
  addedAt: row.added_at.toISOString(),
  usableFrom: row.usable_from.toISOString(),
  retired: row.retired_at !== null,
});

export const holdView = (row: HoldRow, { reason }: { reason: boolean }): HoldView => ({
  id: row.id,
  amount: row.amount_minor === null ? null : rupiah(row.amount_minor),
  reason: reason ? row.reason : '',
  until: row.until?.toISOString() ?? null,
  placedAt: row.placed_at.toISOString(),
  releasedAt: row.released_at?.toISOString() ?? null,
});

/**
 * What its team and finance hear of a payout: no account, no name. Of one to a donor the team hears nothing: it is told
 * once the refund is done.
 */
export function payoutChanged(
  {
    id,
    campaign_id: campaignId,
    refund_id: refundId,
    amount_minor,
  }: Pick<PayoutRow, 'id' | 'campaign_id' | 'refund_id' | 'amount_minor'>,
  status: PayoutStatus,
): NewEvent[] {
  const amount = rupiah(amount_minor);
  const forTeam: OwnerEvents['payout.changed'] = { id, status, amount };
  const forFinance: FinanceEvents['payout.changed'] = { id, campaignId, status, amount };
  const toFinance: NewEvent = { feed: FINANCE, type: 'payout.changed', data: forFinance };
  if (refundId !== null) return [toFinance];
  return [{ feed: ownerFeed(campaignId), type: 'payout.changed', data: forTeam }, toFinance];
}
