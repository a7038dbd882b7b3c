import type { IBaseProtocol } from 'pg-promise';
import type { PayoutStatus } from '../protocol/payouts.ts';
import { sql } from './sql.ts';

export type NewPayout = {
  id: string;
  campaignId: string;
  /** Of the campaign's money, to one of its accounts; else of a refund. */
  bankAccountId: string | null;
  refundId: string | null;
  amountMinor: bigint;
  /** Ours at the gateway. */
  key: string;
  requestedBy: string;
  now: Date;
};
/** With what it says of its campaign and account; of a donor's account that is forgotten, empty words. */
export type PayoutRow = {
  id: string;
  campaign_id: string;
  bank_account_id: string | null;
  /** Of the refund that it pays. */
  refund_id: string | null;
  amount_minor: bigint;
  status: PayoutStatus;
  key: string;
  gateway: string | null;
  gateway_reference: string | null;
  requested_by: string;
  requested_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
  note: string;
  ended_at: Date | null;
  failure: string | null;
  campaign_title: string;
  bank: string;
  number: string;
  holder: string;
  retired_at: Date | null;
};
/** `sort_key`: microseconds since 1970. */
export type ListedPayout = PayoutRow & { sort_key: bigint };
/** All of gifts, in minor units. */
export type MoneyBeside = {
  raised_minor: bigint;
  refunded_minor: bigint;
  clawed_back_minor: bigint;
  settled_minor: bigint;
  fees_minor: bigint;
  paid_out_minor: bigint;
  refunding_minor: bigint;
};
export type MoneyRead = MoneyBeside & {
  payable_minor: bigint;
  receivable_minor: bigint;
  pending_minor: bigint;
};

const insert = sql('payouts/insert.sql');
const find = sql('payouts/find.sql');
const lock = sql('payouts/lock.sql');
const locate = sql('payouts/locate.sql');
const list = sql('payouts/list.sql');
const underWay = sql('payouts/under-way.sql');
const proofMissing = sql('payouts/proof-missing.sql');
const decide = sql('payouts/decide.sql');
const keepReference = sql('payouts/keep-reference.sql');
const submit = sql('payouts/submit.sql');
const end = sql('payouts/end.sql');
const noteFailure = sql('payouts/note-failure.sql');
const insertAccount = sql('payouts/insert-account.sql');
const forgetAccounts = sql('payouts/forget-accounts.sql');
const takeDue = sql('payouts/take-due.sql');
const lockMoney = sql('payouts/lock-money.sql');
const money = sql('payouts/money.sql');
const addPaidOut = sql('payouts/add-paid-out.sql');

/** Read as 'system': a payout names its bank account. */
export const payouts = (q: IBaseProtocol<unknown>) => ({
  insert: (payout: NewPayout) => q.none(insert, payout),
  /** Where a refund is paid to. */
  insertAccount: (account: { refundId: string; bank: string; number: string; holder: string }) =>
    q.none(insertAccount, account),
  /** Donors' accounts to which nothing goes any more since `before`. Returns how many were deleted. */
  forgetAccounts: async (before: Date) => (await q.any(forgetAccounts, { before })).length,
  find: (id: string) => q.oneOrNone<PayoutRow>(find, { id }),
  /** Against other changes; read it afterwards, not before. */
  lock: (id: string) => q.oneOrNone(lock, { id }),
  locate: (of: { gateway: string; gatewayReference: string; key: string | null }) =>
    q.oneOrNone<Pick<PayoutRow, 'id' | 'campaign_id' | 'refund_id'>>(locate, of),
  /** Newest first; of one campaign, or of all. */
  list: (page: {
    campaignId: string | null;
    status: PayoutStatus | null;
    key: bigint | null;
    id: string | null;
    limit: number;
  }) => q.any<ListedPayout>(list, page),
  underWay: async (campaignId: string) =>
    (await q.one<{ count: number }>(underWay, { campaignId })).count > 0,
  proofMissing: async (campaignId: string) =>
    (await q.one<{ missing: boolean }>(proofMissing, { campaignId })).missing,

  decide: (decision: {
    id: string;
    status: 'approved' | 'rejected';
    decidedBy: string;
    note: string;
    now: Date;
  }) => q.none(decide, decision),
  /** The gateway's number of an approved payout, unless one is kept already. */
  keepReference: (of: { id: string; gateway: string; gatewayReference: string }) => q.none(keepReference, of),
  /** False if it is not an approved one any more. */
  submit: async (id: string) => (await q.oneOrNone(submit, { id })) !== null,
  end: (how: {
    id: string;
    status: 'confirmed' | 'failed' | 'reversed';
    failure: string | null;
    now: Date;
  }) => q.none(end, how),
  /** Why it is still where it is. */
  noteFailure: (id: string, failure: string) => q.none(noteFailure, { id, failure }),
  /** Those on their way to the gateway or there, that nobody looked after since `askedBefore`. */
  takeDue: async (due: { now: Date; askedBefore: Date; limit: number }) =>
    (await q.any<{ id: string }>(takeDue, due)).map(({ id }) => id),

  /** Locks a campaign's total and what stands beside it; after its accounts. */
  lockMoney: (campaignId: string) => q.one<MoneyBeside>(lockMoney, { campaignId }),
  money: (campaignId: string) => q.one<MoneyRead>(money, { campaignId }),
  /** Below zero for what came back. */
  addPaidOut: (campaignId: string, amountMinor: bigint) => q.none(addPaidOut, { campaignId, amountMinor }),
});
