import type { Held } from '../../db/holds.ts';
import type { Db, Tx } from '../../db/open.ts';
import type { MoneyBeside } from '../../db/payouts.ts';
import { rupiah } from '../../protocol/money.ts';
import type { Balances } from '../../protocol/payouts.ts';
import type { User } from '../campaigns/access.ts';
import { campaignPayable, campaignReceivable, payoutPending } from '../ledger/chart.ts';
import { readAs, TEAM_AND_BOOKS } from './access.ts';

/** A campaign's money in the books and beside them, as of one moment. */
export type CampaignMoney = {
  payableMinor: bigint;
  receivableMinor: bigint;
  pendingMinor: bigint;
  beside: MoneyBeside;
  held: Held;
};

/**
 * Locks a campaign's money and reads it, in the one order: its accounts, its total, what stands beside it. Holds and
 * payouts of the campaign change under the lock of its payable, so all verbs here begin with this.
 */
export async function lockMoney(tx: Tx, campaignId: string, now: Date): Promise<CampaignMoney> {
  const codes = [campaignPayable(campaignId), campaignReceivable(campaignId), payoutPending(campaignId)];
  const balances = await tx.ledger.lockBalances(codes);
  const [payableMinor, receivableMinor, pendingMinor] = codes.map((code) => balances.get(code));
  if (payableMinor === undefined || receivableMinor === undefined || pendingMinor === undefined) {
    throw new Error('a campaign without accounts');
  }
  const beside = await tx.payouts.lockMoney(campaignId);
  return {
    payableMinor,
    receivableMinor,
    pendingMinor,
    beside,
    held: await tx.holds.active(campaignId, now),
  };
}

/** What nobody holds: of the payable, without debts, unsettled gifts and what is on its way back. May be below zero. */
const freeOf = ({ payableMinor, receivableMinor, beside }: CampaignMoney): bigint =>
  payableMinor - receivableMinor - (beside.raised_minor - beside.settled_minor) - beside.refunding_minor;

const heldOf = (money: CampaignMoney): bigint =>
  money.held.everything ? atLeastNothing(freeOf(money)) : money.held.amount_minor;

/** What may be asked for now; the payable lacks already what was asked for before. */
export const availableOf = (money: CampaignMoney): bigint => atLeastNothing(freeOf(money) - heldOf(money));

/** Whether holds or a debt speak against money that was asked for already. */
export const isSpokenFor = (money: CampaignMoney): boolean =>
  money.held.everything ||
  money.receivableMinor > 0n ||
  (money.held.amount_minor > 0n && freeOf(money) < money.held.amount_minor);

/** For the campaign's team, finance and auditors. Throws Refusal: not-found, forbidden. */
export async function readBalances(
  { db, now }: { db: Db; now: () => Date },
  user: User,
  campaignId: string,
): Promise<Balances> {
  await readAs(db, user, campaignId, TEAM_AND_BOOKS);
  const [row, held] = await Promise.all([db.payouts.money(campaignId), db.holds.active(campaignId, now())]);
  const money: CampaignMoney = {
    payableMinor: row.payable_minor,
    receivableMinor: row.receivable_minor,
    pendingMinor: row.pending_minor,
    beside: row,
    held,
  };
  return {
    paid: rupiah(row.raised_minor + row.refunded_minor + row.clawed_back_minor),
    settled: rupiah(row.settled_minor),
    refunded: rupiah(row.refunded_minor),
    clawedBack: rupiah(row.clawed_back_minor),
    fees: rupiah(row.fees_minor),
    paidOut: rupiah(row.paid_out_minor),
    pending: rupiah(money.pendingMinor),
    held: rupiah(heldOf(money)),
    owed: rupiah(money.receivableMinor),
    available: rupiah(availableOf(money)),
  };
}

const atLeastNothing = (amountMinor: bigint): bigint => (amountMinor > 0n ? amountMinor : 0n);
