import type { IBaseProtocol } from 'pg-promise';
import { prepared } from './sql.ts';

/** A campaign's money beside its public total; all of it of gifts, in minor units. */
export type MoneyRow = {
  campaign_id: string;
  refunded_minor: bigint;
  clawed_back_minor: bigint;
  settled_minor: bigint;
  fees_minor: bigint;
  paid_out_minor: bigint;
  refunding_minor: bigint;
};
export type MoneyChange = {
  campaignId: string;
  refundedMinor: bigint;
  clawedBackMinor: bigint;
  settledMinor: bigint;
  refundingMinor: bigint;
  /** Of fees that the campaign has paid, what the platform bears now. */
  coveredMinor: bigint;
};

/** A change of nothing, to be said what of it changes. */
export const noChange = (campaignId: string): MoneyChange => ({
  campaignId,
  refundedMinor: 0n,
  clawedBackMinor: 0n,
  settledMinor: 0n,
  refundingMinor: 0n,
  coveredMinor: 0n,
});

const lock = prepared('money/lock.sql');
const add = prepared('money/add.sql');

export const money = (q: IBaseProtocol<unknown>) => ({
  /** After their totals. */
  lock: (campaignIds: string[]) => q.any<MoneyRow>(lock([campaignIds])),
  /** Adds to rows whose campaigns' totals are locked; one change per campaign. */
  add: (rows: MoneyChange[]) =>
    q.none(
      add([
        rows.map((r) => r.campaignId),
        rows.map((r) => r.refundedMinor),
        rows.map((r) => r.clawedBackMinor),
        rows.map((r) => r.settledMinor),
        rows.map((r) => r.refundingMinor),
        rows.map((r) => r.coveredMinor),
      ]),
    ),
});
