import { acting, type Db } from '../../db/open.ts';

/** Mails queued by one transaction: some 100 ms, far from the statement's three seconds. */
export const MAILS_PER_CHUNK = 500;
/** A run ends within a minute or so and goes on from there the next time. */
export const CHUNKS_PER_RUN_MAX = 100;
/** News that waited longer, through a long outage, is on the page and no news any more. */
export const MAILED_WITHIN_MS = 3 * 24 * 3_600_000;

/**
 * Queues the mails of updates that were posted, a chunk of mailboxes at a time: how far it came is committed with the
 * mails, so that a run that was cut off is taken up by the next one and nobody is written to twice. Returns how many.
 */
export async function mailUpdates({
  db,
  now,
  perChunk = MAILS_PER_CHUNK,
  chunksMax = CHUNKS_PER_RUN_MAX,
}: {
  db: Db;
  now: () => Date;
  perChunk?: number;
  chunksMax?: number;
}): Promise<number> {
  let queued = 0;
  for (let chunk = 0; chunk < chunksMax; chunk += 1) {
    const count = await acting(db, 'system', 'updates.mail', async (tx) => {
      const update = await tx.updates.lockToMail(new Date(now().getTime() - MAILED_WITHIN_MS));
      if (!update) return null;
      const { id: updateId, campaign_id: campaignId } = update;
      const recipients = await tx.followers.page({
        campaignId,
        after: update.mailed_through,
        limit: perChunk,
      });
      const readers = await tx.followers.readers(recipients.map((one) => one.email_normalised));
      const mails = recipients.flatMap(({ email, email_normalised, locale }) => {
        const readerId = readers.get(email_normalised);
        if (!readerId) return [];
        const key = `update:${updateId}:${readerId}`;
        return [{ key, to: email, template: 'update', locale, data: { updateId, readerId } }];
      });
      if (mails.length > 0) await tx.outbox.queue(mails);
      const through = recipients.at(-1)?.email_normalised ?? update.mailed_through;
      await tx.updates.mailed({
        id: updateId,
        through,
        finishedAt: recipients.length < perChunk ? now() : null,
      });
      return mails.length;
    });
    if (count === null) return queued;
    queued += count;
  }
  return queued;
}
