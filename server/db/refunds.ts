import type { IBaseProtocol } from 'pg-promise';
import type { PaidBy, PaidThrough } from '../protocol/donations.ts';
import type { MadeAt, RefundStatus } from '../protocol/refunds.ts';
import { prepared, sql } from './sql.ts';

export type RefundRow = {
  id: string;
  payment_id: string;
  donation_id: string;
  campaign_id: string;
  key: string;
  made_at: MadeAt;
  gift_minor: bigint;
  tip_minor: bigint;
  reason: string;
  status: RefundStatus;
  requested_by: string | null;
  requested_at: Date;
  asked_at: Date | null;
  ended_at: Date | null;
  failure: string | null;
};
/** With the payment that it is of. */
export type RefundViewRow = RefundRow & {
  gateway: PaidThrough;
  method: PaidBy;
  reference: string;
  gateway_transaction_id: string | null;
};
export type NewRefund = {
  id: string;
  paymentId: string;
  donationId: string;
  campaignId: string;
  key: string;
  madeAt: RefundRow['made_at'];
  giftMinor: bigint;
  tipMinor: bigint;
  reason: string;
  status: RefundStatus;
  requestedBy: string | null;
  requestedAt: Date;
  endedAt: Date | null;
};

const ofPayments = prepared('refunds/of-payments.sql');
const insert = prepared('refunds/insert.sql');
const done = prepared('refunds/done.sql');
const view = sql('refunds/view.sql');
const list = sql('refunds/list.sql');
const takeDue = sql('refunds/take-due.sql');
const fail = sql('refunds/fail.sql');
const comeBack = sql('refunds/come-back.sql');

/** Refunds change under the lock of their payment. */
export const refunds = (q: IBaseProtocol<unknown>) => ({
  ofPayments: (paymentIds: string[]) => q.any<RefundRow>(ofPayments([paymentIds])),
  insert: (rows: NewRefund[]) =>
    q.none(
      insert([
        rows.map((r) => r.id),
        rows.map((r) => r.paymentId),
        rows.map((r) => r.donationId),
        rows.map((r) => r.campaignId),
        rows.map((r) => r.key),
        rows.map((r) => r.madeAt),
        rows.map((r) => r.giftMinor),
        rows.map((r) => r.tipMinor),
        rows.map((r) => r.reason),
        rows.map((r) => r.status),
        rows.map((r) => r.requestedBy),
        rows.map((r) => r.requestedAt),
        rows.map((r) => r.endedAt),
      ]),
    ),
  done: (rows: { id: string; at: Date }[]) => q.none(done([rows.map((r) => r.id), rows.map((r) => r.at)])),
  view: (id: string) => q.oneOrNone<RefundViewRow>(view, { id }),
  list: (page: { status: RefundStatus | null; before: string | null; limit: number }) =>
    q.any<RefundViewRow>(list, page),
  /** Ids of those asked for `before` and not asked about since `askedBefore`. */
  takeDue: async (due: { now: Date; before: Date; askedBefore: Date; limit: number }) =>
    (await q.any<{ id: string }>(takeDue, due)).map(({ id }) => id),
  /** True if it was still waiting. */
  fail: async (failed: { id: string; now: Date; failure: string }) =>
    (await q.oneOrNone(fail, failed)) !== null,
  /** True if it was done, and so is undone now. */
  comeBack: async (of: { id: string; failure: string }) => (await q.oneOrNone(comeBack, of)) !== null,
});
