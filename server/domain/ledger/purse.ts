import type { Tx } from '../../db/open.ts';
import { campaignPayable, campaignReceivable } from './chart.ts';
import { type Posting, posting } from './post.ts';

/**
 * What one campaign has and what it owes, as its accounts stand locked, and as the journals of this transaction leave
 * them. Money that is gone at the gateway is taken from what the campaign has and beyond that becomes its debt; money
 * that comes pays the debt first.
 */
export type Purse = {
  readonly payableMinor: bigint;
  readonly receivableMinor: bigint;
  /** Debits; never refused. */
  take(amountMinor: bigint, paymentId: string | null): Posting[];
  /** Credits. */
  give(amountMinor: bigint, paymentId: string | null): Posting[];
};

/**
 * Locks the accounts of campaigns, all that a transaction will post to, before anything is posted. Their payables come
 * first, so that whoever holds one may later lock what else is the campaign's.
 */
export async function lockPurses(
  tx: Tx,
  campaignIds: string[],
  /** What captures of the same posting bring each of them. */
  incoming: ReadonlyMap<string, bigint> = new Map(),
): Promise<Map<string, Purse>> {
  const codes = campaignIds.flatMap((id) => [campaignPayable(id), campaignReceivable(id)]);
  const balances = await tx.ledger.lockBalances(codes);
  return new Map(
    campaignIds.map((id) => {
      const payableMinor = balances.get(campaignPayable(id));
      const receivableMinor = balances.get(campaignReceivable(id));
      if (payableMinor === undefined || receivableMinor === undefined) {
        throw new Error('a campaign without accounts');
      }
      return [id, purse(id, { payableMinor: payableMinor + (incoming.get(id) ?? 0n), receivableMinor })];
    }),
  );
}

export function purse(campaignId: string, has: { payableMinor: bigint; receivableMinor: bigint }): Purse {
  let { payableMinor, receivableMinor } = has;
  return {
    get payableMinor() {
      return payableMinor;
    },
    get receivableMinor() {
      return receivableMinor;
    },
    take(amountMinor, paymentId) {
      const had = least(amountMinor, payableMinor);
      const owed = amountMinor - had;
      payableMinor -= had;
      receivableMinor += owed;
      return [
        posting(campaignPayable(campaignId), 'D', had, paymentId),
        posting(campaignReceivable(campaignId), 'D', owed, paymentId),
      ];
    },
    give(amountMinor, paymentId) {
      const repaid = least(amountMinor, receivableMinor);
      receivableMinor -= repaid;
      payableMinor += amountMinor - repaid;
      return [
        posting(campaignReceivable(campaignId), 'C', repaid, paymentId),
        posting(campaignPayable(campaignId), 'C', amountMinor - repaid, paymentId),
      ];
    },
  };
}

export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
