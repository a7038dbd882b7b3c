import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

export type NewHold = {
  id: string;
  campaignId: string;
  /** Null: everything. */
  amountMinor: bigint | null;
  reason: string;
  placedBy: string;
  now: Date;
  until: Date | null;
};
export type HoldRow = {
  id: string;
  campaign_id: string;
  amount_minor: bigint | null;
  reason: string;
  placed_at: Date;
  until: Date | null;
  released_at: Date | null;
};
/** What holds keep back together. */
export type Held = { everything: boolean; amount_minor: bigint };

const insert = sql('holds/insert.sql');
const find = sql('holds/find.sql');
const list = sql('holds/list.sql');
const release = sql('holds/release.sql');
const active = sql('holds/active.sql');
const countActive = sql('holds/count-active.sql');

/** Money of a campaign that is not paid out for a while. */
export const holds = (q: IBaseProtocol<unknown>) => ({
  insert: (hold: NewHold) => q.none(insert, hold),
  find: (id: string) => q.oneOrNone<HoldRow>(find, { id }),
  /** Newest first. */
  list: (campaignId: string, limit: number) => q.any<HoldRow>(list, { campaignId, limit }),
  /** Nothing happens to one that is released. */
  release: (which: { id: string; releasedBy: string; now: Date }) => q.none(release, which),
  active: (campaignId: string, now: Date) => q.one<Held>(active, { campaignId, now }),
  countActive: async (campaignId: string, now: Date) =>
    (await q.one<{ count: number }>(countActive, { campaignId, now })).count,
});
