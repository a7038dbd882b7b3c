import { acting, type Db, type Tx } from '../../db/open.ts';
import type { Locale } from '../../protocol/updates.ts';
import type { Unsubscribing } from './unsubscribe.ts';

/** A mail for the outbox: the same key is queued once. */
export type UpdateMail = {
  key: string;
  to: string;
  template: 'campaign-update';
  locale: Locale;
  data: {
    campaignTitle: string;
    title: string;
    /** Sanitised HTML. */
    html: string;
    url: string;
    unsubscribeUrl: string;
  };
  /** Takes the POST of RFC 8058, without a page. */
  listUnsubscribe: string;
};

/** Puts mails into the outbox as a part of the transaction. */
export type QueueMails = (tx: Tx, mails: UpdateMail[]) => Promise<unknown>;

/** Mails queued by one transaction: some 100 ms, far from the statement's three seconds. */
export const MAILS_PER_CHUNK = 500;
/** A run ends within a minute or so and goes on from there the next time. */
export const CHUNKS_PER_RUN_MAX = 100;
/** News that waited longer, through a long outage, is on the page and no news any more. */
export const MAILED_WITHIN_MS = 3 * 24 * 3_600_000;

/**
 * Writes the mails of updates that were posted, a chunk of mailboxes at a time: how far it came is committed with the
 * mails, so that a run that was cut off is taken up by the next one and nobody is written to twice. Returns how many.
 */
export async function mailUpdates({
  db,
  now,
  queue,
  unsubscribing,
  publicUrl,
  perChunk = MAILS_PER_CHUNK,
  chunksMax = CHUNKS_PER_RUN_MAX,
}: {
  db: Db;
  now: () => Date;
  queue: QueueMails;
  unsubscribing: Unsubscribing;
  publicUrl: string;
  perChunk?: number;
  chunksMax?: number;
}): Promise<number> {
  let written = 0;
  for (let chunk = 0; chunk < chunksMax; chunk += 1) {
    const count = await acting(db, 'system', 'updates.mail', async (tx) => {
      const update = await tx.updates.lockToMail(new Date(now().getTime() - MAILED_WITHIN_MS));
      if (!update) return null;
      const { id, campaign_id: campaignId } = update;
      const recipients = await tx.followers.page({
        campaignId,
        after: update.mailed_through,
        limit: perChunk,
      });
      const readers = await tx.followers.readers(recipients.map((one) => one.email_normalised));
      const mails = recipients.flatMap(({ email, email_normalised, locale }): UpdateMail[] => {
        const readerId = readers.get(email_normalised);
        if (!readerId) return [];
        const token = unsubscribing.tokenOf({ readerId, campaignId });
        return [
          {
            key: `update:${id}:${readerId}`,
            to: email,
            template: 'campaign-update',
            locale,
            data: {
              campaignTitle: update.campaign_title,
              title: update.title,
              html: update.body_html,
              url: `${publicUrl}/c/${update.slug}#updates`,
              unsubscribeUrl: `${publicUrl}/unsubscribe#${token}`,
            },
            listUnsubscribe: `${publicUrl}/api/v1/unsubscribe?token=${token}`,
          },
        ];
      });
      if (mails.length > 0) await queue(tx, mails);
      const through = recipients.at(-1)?.email_normalised ?? update.mailed_through;
      await tx.updates.mailed({ id, through, finishedAt: recipients.length < perChunk ? now() : null });
      return mails.length;
    });
    if (count === null) return written;
    written += count;
  }
  return written;
}
