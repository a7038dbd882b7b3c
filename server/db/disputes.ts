import type { IBaseProtocol } from 'pg-promise';
import type { GatewayName } from '../protocol/donations.ts';
import type { DisputeKind, DisputeStatus } from '../protocol/refunds.ts';
import { prepared, sql } from './sql.ts';

export type DisputeRow = {
  id: string;
  payment_id: string;
  donation_id: string;
  campaign_id: string;
  kind: DisputeKind;
  gift_minor: bigint;
  tip_minor: bigint;
  status: DisputeStatus;
  at: Date;
  won_at: Date | null;
  won_by: string | null;
  note: string;
};
export type DisputeViewRow = DisputeRow & {
  gateway: GatewayName;
  reference: string;
  /** The donor, where signed in. */
  user_id: string | null;
};
export type NewDispute = {
  id: string;
  paymentId: string;
  donationId: string;
  campaignId: string;
  kind: DisputeKind;
  giftMinor: bigint;
  tipMinor: bigint;
  at: Date;
};

const insert = prepared('disputes/insert.sql');
const taken = prepared('disputes/taken.sql');
const view = sql('disputes/view.sql');
const list = sql('disputes/list.sql');
const win = sql('disputes/win.sql');

/** Disputes change under the lock of their payment. */
export const disputes = (q: IBaseProtocol<unknown>) => ({
  insert: (rows: NewDispute[]) =>
    q.none(
      insert([
        rows.map((r) => r.id),
        rows.map((r) => r.paymentId),
        rows.map((r) => r.donationId),
        rows.map((r) => r.campaignId),
        rows.map((r) => r.kind),
        rows.map((r) => r.giftMinor),
        rows.map((r) => r.tipMinor),
        rows.map((r) => r.at),
      ]),
    ),
  /** What banks have taken back of each payment so far, also what was won back since; by the payment's id. */
  async taken(paymentIds: string[]): Promise<Map<string, bigint>> {
    const rows = await q.any<{ payment_id: string; taken_minor: bigint }>(taken([paymentIds]));
    return new Map(rows.map((row) => [row.payment_id, row.taken_minor]));
  },

  view: (id: string) => q.oneOrNone<DisputeViewRow>(view, { id }),
  list: (page: { before: string | null; limit: number }) => q.any<DisputeViewRow>(list, page),
  /** True if it was a chargeback that was lost until now. */
  win: async (won: { id: string; now: Date; by: string; note: string }) =>
    (await q.oneOrNone(win, won)) !== null,
});
