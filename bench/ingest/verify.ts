import { closeDb, openDb } from '../../server/db/open.ts';
import { findBreaks } from '../../server/domain/ledger/check.ts';
import type { OpenPayment } from './notification.ts';

/**
 * What is wrong in the end, in sentences: a break of the books, an answered notice that is not booked exactly once
 * (one capture, one event on the campaign's feed), or anything booked that nobody was told of.
 */
export async function verify({
  appUrl,
  campaignId,
  answered,
}: {
  appUrl: string;
  campaignId: string;
  answered: OpenPayment[];
}): Promise<string[]> {
  const db = openDb({ url: appUrl });
  try {
    const wrong = (await findBreaks(db)).map(({ check, rows }) => `${check}: ${rows} rows break it`);
    const booked = await db.tx(async (tx) => {
      await tx.none("set local statement_timeout = '60s'");
      return tx.any<{ reference: string; captures: bigint; events: bigint }>(BOOKED, [
        campaignId,
        `campaign:${campaignId}`,
      ]);
    });
    const byReference = new Map(booked.map((row) => [row.reference, row]));
    const amiss = answered.filter(({ reference }) => {
      const row = byReference.get(reference);
      return row?.captures !== 1n || row.events !== 1n;
    });
    if (amiss.length > 0) wrong.push(`${amiss.length} answered notices are not booked exactly once`);
    if (booked.length !== answered.length) {
      wrong.push(`${booked.length} gifts are booked and ${answered.length} notices were answered`);
    }
    return wrong;
  } finally {
    await closeDb(db);
  }
}

const BOOKED = `
  with captured as (
    select client_key, count(*) as n from sk.journals group by client_key
  ), said as (
    select data ->> 'id' as donation, count(*) as n from sk.feed_events
    where feed = $2 and type = 'donation.received' group by data ->> 'id'
  )
  select p.reference, coalesce(c.n, 0) as captures, coalesce(s.n, 0) as events
  from sk.payments p
  left join captured c on c.client_key = 'capture:' || p.id
  left join said s on s.donation = p.donation_id::text
  where p.campaign_id = $1 and p.status = 'paid'`;
