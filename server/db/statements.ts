import type { IBaseProtocol } from 'pg-promise';
import type { StatementKind } from '../protocol/statement.ts';
import { sql } from './sql.ts';

export type SummaryRow = {
  raised_minor: bigint;
  refunded_minor: bigint;
  clawed_back_minor: bigint;
  settled_minor: bigint;
  fees_minor: bigint;
  paid_out_minor: bigint;
  has_minor: bigint;
  owes_minor: bigint;
  pending_minor: bigint;
};
/** `key` is the time in microseconds since 1970. */
export type ItemRow = {
  id: string;
  kind: StatementKind;
  at: Date;
  amount_minor: bigint;
  fees_minor: bigint | null;
  key: bigint;
};
export type ExportRow = {
  journal_id: string;
  line: number;
  kind: string;
  effective_at: Date;
  created_at: Date;
  account: string;
  side: 'D' | 'C';
  amount_minor: bigint;
  currency: string;
  payment_id: string | null;
  /** Whether it was booked on a day that was asked for. */
  wanted: boolean;
};
/** The last posting of the page before. */
export type PostingKey = { afterJournal: string; afterLine: number };

const summary = sql('statements/summary.sql');
const items = sql('statements/items.sql');
const campaignPostings = sql('statements/campaign-postings.sql');
const postings = sql('statements/postings.sql');

export const statements = (q: IBaseProtocol<unknown>) => ({
  summary: (campaignId: string) => q.one<SummaryRow>(summary, { campaignId }),
  /** Newest first, behind the item of the key. */
  items: (page: {
    campaignId: string;
    before: bigint;
    beforeId: string;
    beforeKind: string;
    limit: number;
  }) => q.any<ItemRow>(items, page),
  campaignPostings: (page: { campaignId: string; afterJournal: string; afterLine: number; limit: number }) =>
    q.any<ExportRow>(campaignPostings, page),
  /** Wanted are those booked from `from` until before `to`; `until` is an id behind all of them. */
  postings: (page: {
    afterJournal: string;
    afterLine: number;
    until: string;
    from: Date;
    to: Date;
    limit: number;
  }) => q.any<ExportRow>(postings, page),
});
