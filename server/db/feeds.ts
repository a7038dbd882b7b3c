import type { IBaseProtocol } from 'pg-promise';
import type { Totals } from '../protocol/campaigns.ts';
import type { FeedEvent, Head, News } from '../protocol/feeds.ts';
import { prepared, sql } from './sql.ts';

/** What a verb wants said on a feed. `data` is the public view, written field by field by the verb. */
export type NewEvent = { feed: string; type: string; data: unknown; totals?: unknown };

type FeedRow = { name: string; epoch: string; head: bigint };
type EventRow = { seq: bigint; type: string; at: Date; data: unknown; totals: FeedEvent['totals'] | null };

const lock = prepared('feeds/lock.sql');
const append = prepared('feeds/append.sql');
const heads = prepared('feeds/heads.sql');
const open = sql('feeds/open.sql');
const head = sql('feeds/head.sql');
const since = sql('feeds/since.sql');
const redact = sql('feeds/redact.sql');
const renewEpochs = sql('feeds/renew-epochs.sql');

export const feeds = (q: IBaseProtocol<unknown>) => ({
  /** Makes feeds that do not exist yet; those that do are left alone. */
  open: (names: string[]) => q.none(open, { names }),

  /**
   * Numbers the events and writes them. Called once in a transaction and last, because it takes the feeds' locks. Fails with
   * 23503 where a feed was never opened.
   * Returns the news to publish after the commit is confirmed, one per feed, in order.
   */
  async append(events: NewEvent[]): Promise<News[]> {
    if (events.length === 0) return [];
    const byFeed = new Map<string, NewEvent[]>();
    for (const event of events) {
      const said = byFeed.get(event.feed);
      if (said) said.push(event);
      else byFeed.set(event.feed, [event]);
    }
    const rows = await q.any<FeedRow & { at: Date }>(append([JSON.stringify(events), [...byFeed.keys()]]));
    return rows.map(({ name, epoch, head, at: when }) => {
      const at = when.toISOString();
      const said = (byFeed.get(name) ?? []).map(({ type, data, totals }, index) => ({
        seq: Number(head) + 1 + index,
        type,
        at,
        data,
        ...(totals ? { totals: totals as Totals } : {}),
      }));
      return { feed: name, epoch, from: Number(head) + 1, to: Number(head) + said.length, events: said };
    });
  },

  async head(name: string): Promise<Head | null> {
    const row = await q.oneOrNone<{ feed: string; epoch: string; head: bigint }>(head, { name });
    return row && { ...row, head: Number(row.head) };
  },

  async heads(names: string[]): Promise<Head[]> {
    const rows = await q.any<{ feed: string; epoch: string; head: bigint }>(heads([names]));
    return rows.map((row) => ({ ...row, head: Number(row.head) }));
  },

  async since(feed: string, after: number, limit: number): Promise<FeedEvent[]> {
    const rows = await q.any<EventRow>(since, { feed, since: after, limit });
    return rows.map(({ seq, type, at, data, totals }) => ({
      seq: Number(seq),
      type,
      at: at.toISOString(),
      data,
      ...(totals ? { totals } : {}),
    }));
  },

  /** Another history for every feed, in a transaction; each donation has a feed. Only the owner of the tables may. Returns how many there are. */
  async renewEpochs(): Promise<number> {
    await q.none('set local statement_timeout = 0; set local lock_timeout = 0');
    return Number((await q.one<{ count: bigint }>(renewEpochs)).count);
  },

  /** Takes the feeds' locks, in the order of their names, before something is changed on them. */
  lock: (names: string[]) => q.any<FeedRow>(lock([names])),

  /** The one way a body changes after it was said: fields of the events of `type` about `id` are overwritten. */
  redact: (to: { feeds: string[]; type: string; id: string; changes: Record<string, unknown> }) =>
    q.none(redact, to),
});
