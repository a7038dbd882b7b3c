import type { IBaseProtocol } from 'pg-promise';
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

export const feeds = (q: IBaseProtocol<unknown>) => ({
  /** Makes feeds that do not exist yet; those that do are left alone. */
  open: (names: string[]) => q.none(open, { names }),

  /**
   * Numbers the events and writes them. Called once in a transaction and last, because it takes the feeds' locks.
   * Returns the news to publish after the commit is confirmed, one per feed, in order.
   */
  async append(events: NewEvent[]): Promise<News[]> {
    if (events.length === 0) return [];
    const names = [...new Set(events.map((event) => event.feed))];
    const rows = await q.any<FeedRow>(lock([names]));
    const byName = new Map(
      rows.map((row) => [row.name, { ...row, next: Number(row.head) + 1, news: [] as FeedEvent[] }]),
    );
    const numbered = events.map((event) => {
      const feed = byName.get(event.feed);
      if (!feed) throw new Error(`feed ${event.feed} was never opened`);
      const seq = feed.next++;
      feed.news.push({
        seq,
        type: event.type,
        at: '',
        data: event.data,
        ...(event.totals ? { totals: event.totals as never } : {}),
      });
      return { ...event, seq };
    });
    const said = await q.one<{ at: Date }>(
      append([
        numbered.map((event) => event.feed),
        numbered.map((event) => event.seq),
        numbered.map((event) => event.type),
        numbered.map((event) => JSON.stringify(event.data)),
        numbered.map((event) => (event.totals === undefined ? null : JSON.stringify(event.totals))),
      ]),
    );
    const at = said.at.toISOString();
    return [...byName.values()].map(({ name, epoch, head, next, news }) => {
      for (const event of news) event.at = at;
      return { feed: name, epoch, from: Number(head) + 1, to: next - 1, events: news };
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

  /** Takes the feeds' locks, in the order of their names, before something is changed on them. */
  lock: (names: string[]) => q.any<FeedRow>(lock([names])),

  /** The one way a body changes after it was said: fields of the events of `type` about `id` are overwritten. */
  redact: (to: { feeds: string[]; type: string; id: string; changes: Record<string, unknown> }) =>
    q.none(redact, to),
});
