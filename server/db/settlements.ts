import type { IBaseProtocol } from 'pg-promise';
import type { GatewayName } from '../protocol/donations.ts';
import type { Method } from '../protocol/methods.ts';
import { prepared, sql } from './sql.ts';

export type SettlementRow = {
  id: string;
  gateway: GatewayName;
  bank_reference: string;
  /** YYYY-MM-DD */
  settled_on: string;
  gross_minor: bigint;
  fee_minor: bigint;
  vat_minor: bigint;
  payments: number;
  entered_by: string;
  entered_at: Date;
  arrived_on: string | null;
  corrected_at: Date | null;
};
export type NewSettlement = {
  id: string;
  gateway: GatewayName;
  bankReference: string;
  settledOn: string;
  grossMinor: bigint;
  feeMinor: bigint;
  vatMinor: bigint;
  payments: number;
  enteredBy: string;
  enteredAt: Date;
};
/** A payment as a settlement needs it. */
export type SettlingPayment = {
  id: string;
  donation_id: string;
  campaign_id: string;
  reference: string;
  gift_minor: bigint;
  returned_gift_minor: bigint;
  fee_minor: bigint | null;
  covered_minor: bigint;
  settlement_id: string | null;
};
export type PaymentMark = {
  id: string;
  feeMinor: bigint | null;
  coveredMinor: bigint;
  settlementId: string | null;
};
export type ShareRow = { campaignId: string; giftMinor: bigint; feeMinor: bigint; platformFeeMinor: bigint };
/** Where a page begins: behind the row of this time, in microseconds since 1970, and this id. */
export type After = { after: bigint; afterId: string; limit: number };
export type UnsettledRow = {
  id: string;
  reference: string;
  method: Method;
  paid_at: Date;
  outstanding_minor: bigint;
  key: bigint;
};
export type SuspenseRow = {
  payment_id: string;
  donation_id: string;
  reference: string;
  gateway: GatewayName;
  amount_minor: bigint;
  since: Date;
  key: bigint;
};
export type OverviewRow = {
  payouts_requested: number;
  payouts_under_way: number;
  refunds_requested: number;
  offline_entered: number;
  quarantined: number;
  suspense: number;
  broken_checks: number;
};

const insert = sql('settlements/insert.sql');
const find = sql('settlements/find.sql');
const lock = sql('settlements/lock.sql');
const list = sql('settlements/list.sql');
const arrive = sql('settlements/arrive.sql');
const correct = sql('settlements/correct.sql');
const lockPayments = prepared('settlements/lock-payments.sql');
const lockSettled = prepared('settlements/lock-settled.sql');
const outstanding = prepared('settlements/outstanding.sql');
const cleared = prepared('settlements/cleared.sql');
const markPayments = prepared('settlements/mark-payments.sql');
const insertShares = prepared('settlements/insert-shares.sql');
const shares = sql('settlements/shares.sql');
const addToMoney = prepared('settlements/add-to-money.sql');
const unsettled = sql('settlements/unsettled.sql');
const suspense = sql('settlements/suspense.sql');
const overview = sql('settlements/overview.sql');

export const settlements = (q: IBaseProtocol<unknown>) => ({
  /** Fails with 23505 (settlements_once) where the gateway's number is entered already. */
  insert: (settlement: NewSettlement) => q.one<SettlementRow>(insert, settlement),
  find: (id: string) => q.oneOrNone<SettlementRow>(find, { id }),
  lock: (id: string) => q.oneOrNone<SettlementRow>(lock, { id }),
  /** Newest first; `before` is the last id of the page before. */
  list: (page: { before: string | null; limit: number }) => q.any<SettlementRow>(list, page),
  arrive: (arrival: { id: string; arrivedOn: string; bankReference: string; arrivedBy: string }) =>
    q.one<SettlementRow>(arrive, arrival),
  correct: (correction: { id: string; correctedAt: Date; correctedBy: string; reason: string }) =>
    q.one<SettlementRow>(correct, correction),

  /** Those of one gateway that have these references, locked. */
  lockPayments: (gateway: GatewayName, references: string[]) =>
    q.any<SettlingPayment>(lockPayments([gateway, references])),
  lockSettled: (ids: string[]) => q.any<SettlingPayment>(lockSettled([ids])),
  /** What stands in the clearing account, by payment; payments that were never there are left out. */
  async outstanding(clearing: string, paymentIds: string[]): Promise<Map<string, bigint>> {
    const rows = await q.any<{ payment_id: string; outstanding_minor: bigint }>(
      outstanding([paymentIds, clearing]),
    );
    return new Map(rows.map((row) => [row.payment_id, row.outstanding_minor]));
  },
  /** What a settlement's journals took out of clearing. */
  cleared: (id: string, clearing: string) =>
    q.any<{ payment_id: string; fee_minor: bigint; settled_minor: bigint }>(cleared([id, clearing])),
  markPayments: (marks: PaymentMark[]) =>
    q.none(
      markPayments([
        marks.map((m) => m.id),
        marks.map((m) => m.feeMinor),
        marks.map((m) => m.coveredMinor),
        marks.map((m) => m.settlementId),
      ]),
    ),
  insertShares: (settlementId: string, rows: ShareRow[]) =>
    q.none(
      insertShares([
        settlementId,
        rows.map((r) => r.campaignId),
        rows.map((r) => r.giftMinor),
        rows.map((r) => r.feeMinor),
        rows.map((r) => r.platformFeeMinor),
      ]),
    ),
  async shares(id: string): Promise<ShareRow[]> {
    const rows = await q.any<{
      campaign_id: string;
      gift_minor: bigint;
      fee_minor: bigint;
      platform_fee_minor: bigint;
    }>(shares, { id });
    return rows.map((row) => ({
      campaignId: row.campaign_id,
      giftMinor: row.gift_minor,
      feeMinor: row.fee_minor,
      platformFeeMinor: row.platform_fee_minor,
    }));
  },
  /** Amounts may be below zero. */
  addToMoney: (rows: { campaignId: string; settledMinor: bigint; feesMinor: bigint }[]) =>
    q.none(
      addToMoney([
        rows.map((r) => r.campaignId),
        rows.map((r) => r.settledMinor),
        rows.map((r) => r.feesMinor),
      ]),
    ),

  /** Oldest first. */
  unsettled: (page: After & { gateway: GatewayName }) => q.any<UnsettledRow>(unsettled, page),
  /** Oldest first. */
  suspense: (page: After) => q.any<SuspenseRow>(suspense, page),
  /** Asks for the system: who entered what is not for everyone. */
  overview: () => q.one<OverviewRow>(overview),
});
