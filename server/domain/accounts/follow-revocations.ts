import type { Db } from '../../db/open.ts';
import { CATCH_UP_MAX, REVOCATIONS } from '../../protocol/feeds.ts';
import type { Revocations } from './revocations.ts';

/** How late a process may learn of a revocation that reached it by no other way. */
const EVERY_MS = 1_000;

/**
 * Reads the `revocations` feed on from where it stands, so that an access token ends here also when it was withdrawn by
 * another process and the news of it was lost. The returned function stops it.
 */
export async function followRevocations({
  db,
  revocations,
  onFault,
}: {
  db: Db;
  revocations: Revocations;
  onFault(fault: unknown): void;
}): Promise<() => void> {
  const first = await db.feeds.head(REVOCATIONS);
  let last = first?.head ?? 0;
  let epoch = first?.epoch;
  let reading = false;
  const read = async (): Promise<void> => {
    const head = await db.feeds.head(REVOCATIONS);
    if (!head || (head.head === last && head.epoch === epoch)) return;
    // The database was set back, and what it still holds may be old news of ours.
    if (head.head < last || head.epoch !== epoch) last = 0;
    epoch = head.epoch;
    const events = await db.feeds.since(REVOCATIONS, last, CATCH_UP_MAX);
    const to = events.at(-1)?.seq ?? last;
    revocations.hear({ feed: REVOCATIONS, epoch: head.epoch, from: last + 1, to, events });
    last = to;
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    read()
      .catch(onFault)
      .finally(() => {
        reading = false;
      });
  }, EVERY_MS);
  return () => clearInterval(timer);
}
