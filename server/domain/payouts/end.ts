import type { NewEvent } from '../../db/feeds.ts';
import type { Tx } from '../../db/open.ts';
import { BANK, gatewayBalance } from '../ledger/chart.ts';
import {
  type PayoutEntry,
  payoutConfirmedOf,
  payoutReturnedOf,
  payoutReversedOf,
  repaymentsOf,
} from '../ledger/entries.ts';
import { type Journal, post } from '../ledger/post.ts';
import { cameBack, notPaidBack, type Payback, paidBack } from '../refunds/payback.ts';
import type { LockedPayout } from './lock.ts';
import type { CampaignMoney } from './money.ts';
import { payoutChanged } from './present.ts';

/** What `gateway` says of a payout that finance paid by itself; its reference is the bank's. */
export const BY_HAND = 'by_hand';

export const FAILURE_MAX = 500;

type How = {
  status: 'rejected' | 'confirmed' | 'failed' | 'reversed';
  /** By whom money moved; null where none did. */
  gateway: string | null;
  failure: string | null;
  /** When it happened, and when we heard. */
  at: Date;
  now: Date;
};

/**
 * Books the end of a payout that stands locked, as its campaign's money does, and gives what feeds are to hear. What
 * comes back pays first what the campaign owes.
 */
export async function endPayout(
  tx: Tx,
  { payout, money, payback }: LockedPayout,
  { status, gateway, failure, at, now }: How,
): Promise<NewEvent[]> {
  const entry: PayoutEntry = {
    id: payout.id,
    campaignId: payout.campaign_id,
    amountMinor: payout.amount_minor,
    at,
  };
  const account = gateway === BY_HAND || gateway === null ? BANK : gatewayBalance(PAID_BY);
  if (status !== 'rejected') {
    await tx.payouts.end({ id: payout.id, status, failure: failure?.slice(0, FAILURE_MAX) ?? null, now });
  }
  if (payback) {
    return [
      ...(await endPayback(tx, payback, { status, paidFrom: account, failure, at, now })),
      ...payoutChanged(payout, status),
    ];
  }
  switch (status) {
    case 'confirmed':
      await post(tx, [payoutConfirmedOf(entry, account)]);
      await tx.payouts.addPaidOut(entry.campaignId, entry.amountMinor);
      break;
    case 'reversed':
      await post(tx, [payoutReversedOf(entry, account), ...repayments(entry, money)]);
      await tx.payouts.addPaidOut(entry.campaignId, -entry.amountMinor);
      break;
    default:
      await post(tx, [payoutReturnedOf(entry), ...repayments(entry, money)]);
  }
  return payoutChanged(payout, status);
}

/** What the end of a payout is to the refund that it pays: no money of the campaign's was pending for it. */
function endPayback(
  tx: Tx,
  payback: Payback,
  { status, paidFrom, failure, at, now }: Omit<How, 'gateway'> & { paidFrom: string },
): Promise<NewEvent[]> {
  switch (status) {
    case 'confirmed':
      return paidBack(tx, payback, { paidFrom, at });
    case 'reversed':
      return cameBack(tx, payback, { paidFrom, failure: failure ?? status, at });
    default:
      return notPaidBack(tx, payback, { failure: failure ?? status, now });
  }
}

/** Iris pays out of the balance that Midtrans keeps for us. */
const PAID_BY = 'midtrans';

const repayments = (
  { id, campaignId, amountMinor, at }: PayoutEntry,
  { payableMinor, receivableMinor }: CampaignMoney,
): Journal[] =>
  repaymentsOf({
    ...{ id: `payout:${id}`, campaignId, at },
    payableMinor: payableMinor + amountMinor,
    receivableMinor,
  });
