import type { Bus } from '../../bus.ts';
import { acting, type Db, snapshot } from '../../db/open.ts';
import { FINANCE } from '../../protocol/feeds.ts';

/** One check that found something: its name and how many rows break it (counted up to a bound). */
export type Break = { check: string; rows: number; sample: unknown };

/** Runs every file of `sql/checks` over one snapshot; each returns the rows that break an invariant. */
export const findBreaks = (db: Db): Promise<Break[]> =>
  snapshot(db, 'system', 'books.check', async (tx) => {
    const found = await tx.ledger.checks();
    return found.flatMap(({ check, rows }) =>
      rows.length > 0 ? [{ check, rows: rows.length, sample: rows[0] }] : [],
    );
  });

/** Checks the books, tells finance of each break, and answers how many there were. */
export async function checkBooks({
  db,
  bus,
  onBroken,
}: {
  db: Db;
  bus: Bus;
  onBroken(check: string, rows: number): void;
}): Promise<string> {
  const breaks = await findBreaks(db);
  for (const { check, rows } of breaks) onBroken(check, rows);
  if (breaks.length > 0) {
    const events = breaks.map(({ check, rows }) => ({
      feed: FINANCE,
      type: 'books.broken',
      data: { check, rows },
    }));
    bus.publish(await acting(db, 'system', 'books.alarm', (tx) => tx.feeds.append(events)));
  }
  return `${breaks.length} broken`;
}
