import type { Bus } from '../../bus.ts';
import type { NoticeRow } from '../../db/notices.ts';
import { acting, type Db } from '../../db/open.ts';
import { FINANCE, type FinanceEvents } from '../../protocol/feeds.ts';
import type { NoticeListQuery, NoticePage, NoticeView } from '../../protocol/notices.ts';
import { onlyBookReaders, onlyFinance } from '../accounts/finance.ts';
import type { Principal } from '../accounts/principal.ts';
import type { User } from '../campaigns/access.ts';
import { cursorOf, readCursor } from '../cursor.ts';
import { Refusal } from '../refusal.ts';

const NUMBER = /^[1-9][0-9]{0,17}$/;

/** Notices that a person had to look at, newest first. Throws Refusal 'forbidden' or 'invalid-input'. */
export async function listNotices(
  db: Db,
  reader: Principal,
  { handled, cursor, limit }: NoticeListQuery,
): Promise<NoticePage> {
  onlyBookReaders(reader);
  const [before] = cursor === undefined ? [] : readCursor(cursor, NUMBER);
  const page = {
    handled: handled ?? null,
    before: before === undefined ? null : BigInt(before),
    limit: limit + 1,
  };
  const rows = await acting(db, 'system', 'notices.list', (tx) => tx.notices.list(page));
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(noticeView),
    nextCursor: rows.length > limit && last ? cursorOf(String(last.id)) : null,
  };
}

/**
 * Finance says what it did about a notice, which then waits for nobody. It changes no book and takes nothing away: the
 * notice stays as it came, and so does what is said here. Throws Refusal: forbidden, not-found, wrong-state.
 */
export async function handleNotice(
  { db, bus, now }: { db: Db; bus: Bus; now(): Date },
  user: User,
  { id, note }: { id: bigint; note: string },
): Promise<NoticeView> {
  onlyFinance(user);
  const { row, news } = await acting(db, 'system', 'notices.handle', async (tx) => {
    const isFirst = await tx.notices.handle({ id, note, by: user.userId, now: now() });
    const row = await tx.notices.find(id);
    if (!row) throw new Refusal('not-found', 'There is no such notice that waits for a person.');
    if (!isFirst) throw new Refusal('wrong-state', `${row.handled_by} has dealt with this notice already.`);
    const { gateway, reference } = row;
    const data: FinanceEvents['notice.handled'] = { id: String(id), gateway, reference };
    return { row, news: await tx.feeds.append([{ feed: FINANCE, type: 'notice.handled', data }]) };
  });
  bus.publish(news);
  return noticeView(row);
}

const noticeView = (row: NoticeRow): NoticeView => ({
  id: String(row.id),
  gateway: row.gateway,
  kind: row.kind,
  reference: row.reference,
  reason: row.reason,
  at: row.received_at.toISOString(),
  handled:
    row.handled_at === null
      ? null
      : { note: row.note ?? '', by: row.handled_by ?? '', at: row.handled_at.toISOString() },
});
