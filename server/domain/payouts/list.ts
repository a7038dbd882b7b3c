import { acting, type Db } from '../../db/open.ts';
import type { PayoutListQuery, PayoutPage } from '../../protocol/payouts.ts';
import { onlyBookReaders } from '../accounts/finance.ts';
import { holds } from '../accounts/principal.ts';
import type { User } from '../campaigns/access.ts';
import { cursorOf, MICROSECONDS, readCursor, UUID } from '../cursor.ts';
import { readAs, TEAM_AND_BOOKS } from './access.ts';
import { payoutView } from './present.ts';

/**
 * One page of payouts, newest first: of a campaign, for its team and the books' staff, or of all, for the latter alone.
 * Throws Refusal: forbidden, not-found, invalid-input (a cursor that is not ours).
 */
export async function listPayouts(
  db: Db,
  user: User,
  { campaignId, status, cursor, limit }: PayoutListQuery & { campaignId: string | null },
): Promise<PayoutPage> {
  if (campaignId === null) onlyBookReaders(user);
  else await readAs(db, user, campaignId, TEAM_AND_BOOKS);
  const [key, id] = cursor === undefined ? [] : readCursor(cursor, MICROSECONDS, UUID);
  const page = {
    campaignId,
    status: status ?? null,
    key: key === undefined ? null : BigInt(key),
    id: id ?? null,
    limit: limit + 1,
  };
  // Whoever lets money go to a donor compares all of the number; a campaign's account is read in its own list.
  const isFinance = holds(user, 'finance');
  const rows = await acting(db, 'system', 'payouts.list', (tx) => tx.payouts.list(page));
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => payoutView(row, { full: row.refund_id !== null && isFinance })),
    nextCursor: rows.length > limit && last ? cursorOf(String(last.sort_key), last.id) : null,
  };
}
