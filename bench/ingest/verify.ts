import { closeDb, openDb } from '../../server/db/open.ts';
import { findBreaks } from '../../server/domain/ledger/check.ts';
import type { OpenPayment } from './notification.ts';

/**
 * What is wrong in the end, in sentences: a break of the books, an answered notice that is not booked exactly once
 * (one capture or one refund, one event on the campaign's feed), or anything booked that nobody was told of.
 */
export async function verify({
  appUrl,
  answered,
}: {
  appUrl: string;
  answered: OpenPayment[];
}): Promise<string[]> {
  const db = openDb({ url: appUrl });
  try {
    const wrong = (await findBreaks(db)).map(({ check, rows }) => `${check}: ${rows} rows break it`);
    const booked = await db.tx(async (tx) => {
      await tx.none("set local statement_timeout = '60s'");
      return tx.any<Booked>(BOOKED);
    });
    const byReference = new Map(booked.map((row) => [row.reference, row]));
    const amiss = answered.filter(({ reference, refunded }) => {
      const row = byReference.get(reference);
      if (refunded) return row?.refunds !== 1n || row.returned !== 1n;
      return row?.captures !== 1n || row.received !== 1n;
    });
    if (amiss.length > 0) wrong.push(`${amiss.length} answered notices are not booked exactly once`);
    const events = booked.reduce((sum, row) => sum + Number(row.received + row.returned), 0);
    if (events !== answered.length) {
      wrong.push(`${events} deeds are booked and ${answered.length} notices were answered`);
    }
    return wrong;
  } finally {
    await closeDb(db);
  }
}

type Booked = { reference: string; captures: bigint; refunds: bigint; received: bigint; returned: bigint };

const BOOKED = `
  with captured as (
    select client_key, count(*) as n from sk.journals group by client_key
  ), refunded as (
    select r.payment_id, count(j.id) as n from sk.refunds r join sk.journals j on j.client_key = 'refund:' || r.id
    group by r.payment_id
  ), said as (
    select data ->> 'id' as donation, count(*) filter (where type = 'donation.received') as received,
      count(*) filter (where type = 'donation.refunded') as returned
    from sk.feed_events where feed like 'campaign:%' and type in ('donation.received', 'donation.refunded')
    group by data ->> 'id'
  )
  select p.reference, coalesce(c.n, 0) as captures, coalesce(r.n, 0) as refunds, coalesce(s.received, 0) as received,
    coalesce(s.returned, 0) as returned
  from sk.payments p
  left join captured c on c.client_key = 'capture:' || p.id
  left join refunded r on r.payment_id = p.id
  left join said s on s.donation = p.donation_id::text
  where p.status = 'paid'`;
