import type { Tx } from '../../db/open.ts';
import type { PayoutRow } from '../../db/payouts.ts';
import { lockPayback, type Payback } from '../refunds/payback.ts';
import { type CampaignMoney, lockMoney } from './money.ts';

/** A payout with all that may change with it, locked in the one order. */
export type LockedPayout = {
  payout: PayoutRow;
  money: CampaignMoney;
  /** Null of a campaign's own money. */
  payback: Payback | null;
};

/** Null if there is no such payout. */
export async function lockPayout(
  tx: Tx,
  about: Pick<PayoutRow, 'id' | 'campaign_id' | 'refund_id'>,
  now: Date,
): Promise<LockedPayout | null> {
  const payback = about.refund_id === null ? null : await lockPayback(tx, about.refund_id);
  const money = await lockMoney(tx, about.campaign_id, now);
  await tx.payouts.lock(about.id);
  const payout = await tx.payouts.find(about.id);
  return payout && { payout, money, payback };
}
