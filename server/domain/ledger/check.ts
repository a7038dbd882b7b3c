import type { Bus } from '../../bus.ts';
import { acting, type Db, snapshot } from '../../db/open.ts';
import { FINANCE } from '../../protocol/feeds.ts';

/** One check that found something: its name and how many rows break it (counted up to a bound). */
export type Break = { check: string; rows: number; sample: unknown };

/** Runs every file of `sql/checks` over one snapshot; each returns the rows that break an invariant. */
const runChecks = (db: Db, since: Date | null): Promise<Break[]> =>
  snapshot(db, 'system', 'books.check', async (tx) => {
    const found = await tx.ledger.checks(since);
    return found.map(({ check, rows }) => ({ check, rows: rows.length, sample: rows[0] }));
  });

const isBroken = ({ rows }: Break): boolean => rows > 0;

/** The checks that found something, among all that is booked. */
export const findBreaks = async (db: Db): Promise<Break[]> => (await runChecks(db, null)).filter(isBroken);

/**
 * Checks the books, all of them or what was booked `since`, tells finance of each break, and answers how many there were.
 * `onBroken` hears of every check, also that a break is mended.
 */
export async function checkBooks({
  db,
  bus,
  since,
  onBroken,
}: {
  db: Db;
  bus: Bus;
  since: Date | null;
  onBroken(check: string, rows: number): void;
}): Promise<string> {
  const checked = await runChecks(db, since);
  for (const { check, rows } of checked) onBroken(check, rows);
  const breaks = checked.filter(isBroken);
  if (breaks.length > 0) {
    const events = breaks.map(({ check, rows }) => ({
      feed: FINANCE,
      type: 'books.broken',
      data: { check, rows },
    }));
    bus.publish(await acting(db, 'system', 'books.alarm', (tx) => tx.feeds.append(events)));
  }
  return `${breaks.length}${BROKEN}`;
}
const BROKEN = ' broken';

/** How many checks found something, by what `checkBooks` answered; null if it was not `checkBooks` that answered. */
export function breaksIn(answer: string): number | null {
  const breaks = Number.parseInt(answer, 10);
  return answer === `${breaks}${BROKEN}` ? breaks : null;
}
