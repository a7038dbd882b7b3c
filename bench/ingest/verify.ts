import { closeDb, openDb } from '../../server/db/open.ts';
import { findBreaks } from '../../server/domain/ledger/check.ts';
import type { OpenPayment } from './notification.ts';

/** Answered notices by how often they are booked: one capture or refund and one event on the campaign's feed is once. */
export type Count = { answered: number; booked: number; lost: number; twice: number; unanswered: number };

/** Counts what was booked of what was answered. `unanswered` was booked, and nobody was told so. */
export async function count({
  appUrl,
  answered,
}: {
  appUrl: string;
  answered: OpenPayment[];
}): Promise<Count> {
  const db = openDb({ url: appUrl });
  try {
    const rows = await db.tx(async (tx) => {
      await tx.none("set local statement_timeout = '60s'");
      return tx.any<Booked>(BOOKED);
    });
    const byReference = new Map(rows.map((row) => [row.reference, row]));
    const tally = { answered: answered.length, booked: 0, lost: 0, twice: 0 };
    for (const { reference, refunded } of answered) {
      const row = byReference.get(reference);
      const times = refunded
        ? [row?.refunds ?? 0n, row?.returned ?? 0n]
        : [row?.captures ?? 0n, row?.received ?? 0n];
      if (times.every((one) => one === 1n)) tally.booked += 1;
      else if (times.some((one) => one > 1n)) tally.twice += 1;
      else tally.lost += 1;
    }
    const deeds = rows.reduce((sum, row) => sum + Number(row.received + row.returned), 0);
    return { ...tally, unanswered: deeds - answered.length };
  } finally {
    await closeDb(db);
  }
}

/** What is wrong in the end, in sentences: a break of the books, or a notice that is not booked exactly once. */
export async function verify(of: { appUrl: string; answered: OpenPayment[] }): Promise<string[]> {
  const db = openDb({ url: of.appUrl });
  const wrong = (await findBreaks(db)).map(({ check, rows }) => `${check}: ${rows} rows break it`);
  await closeDb(db);
  const { lost, twice, unanswered } = await count(of);
  if (lost + twice > 0) wrong.push(`${lost} answered notices are lost, ${twice} are booked twice`);
  if (unanswered !== 0) wrong.push(`${unanswered} deeds are booked of which nobody was told`);
  return wrong;
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
