import type { Tx } from '../db/open.ts';
import { REDACTIONS } from '../protocol/apply.ts';
import type { News } from '../protocol/feeds.ts';

/**
 * The one function that changes what was said on feeds: blanks the words about `id` that events of `type` take back, and
 * says so as an event of that type. Last in its transaction, as it appends.
 */
export async function redact(
  tx: Tx,
  { feeds, type, id }: { feeds: string[]; type: keyof typeof REDACTIONS; id: string },
): Promise<News[]> {
  await tx.feeds.lock(feeds);
  for (const [said, changes] of Object.entries(REDACTIONS[type])) {
    await tx.feeds.redact({ feeds, type: said, id, changes });
  }
  return tx.feeds.append(feeds.map((feed) => ({ feed, type, data: { id } })));
}
