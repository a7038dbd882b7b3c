import pg from 'pg';
import { inProcessBus } from '../../server/bus.ts';
import { closeDb, openDb } from '../../server/db/open.ts';
import { liveCampaign } from '../../test/support/house.ts';
import type { OpenPayment } from './notification.ts';

/**
 * A hot campaign, made with the product's own verbs, and this many open payments of it. Those are written by the
 * superuser in bulk, as `pledge` and the gateway's answer leave them: donation, message (a third), attempt, and the
 * donation's feed with its first event. Two hundred thousand pledges through the verb would take half an hour.
 */
export async function prepare({
  appUrl,
  adminUrl,
  count,
}: {
  appUrl: string;
  adminUrl: string;
  count: number;
}): Promise<{ campaignId: string; payments: OpenPayment[] }> {
  const db = openDb({ url: appUrl });
  const bus = inProcessBus({ onFault: (fault) => console.error(fault) });
  const { id: campaignId } = await liveCampaign({ db, bus }, { goal: 9_000_000_000 });
  await closeDb(db);

  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(OPEN_PAYMENTS, [campaignId, count]);
    for (const statement of FILL) await admin.query(statement, statement.includes('$1') ? [campaignId] : []);
    const { rows } = await admin.query<OpenPayment>(
      'select reference, (gift + tip)::text as amount from pledges order by donation_id',
    );
    await admin.query('analyze');
    return { campaignId, payments: rows };
  } finally {
    await admin.end();
  }
}

const OPEN_PAYMENTS = `
  create temp table pledges as
  select i, $1::uuid as campaign_id, uuidv7() as donation_id, uuidv7() as payment_id,
    'SK' || upper(substr(md5(i::text || random()::text), 1, 25)) as reference,
    (10 + i % 90) * 1000 as gift, case when i % 2 = 0 then 5000 else 0 end as tip
  from generate_series(1, $2::int) as i`;

const FILL = [
  `insert into sk.donations (id, campaign_id, gift_minor, tip_minor, public_name)
   select donation_id, campaign_id, gift, tip, case when i % 4 <> 0 then 'Sri Wahyuningsih' end from pledges`,
  `insert into sk.donation_messages (donation_id, campaign_id, body, status)
   select donation_id, campaign_id, 'Semoga cepat terkumpul dan lekas dibangun.', 'shown' from pledges where i % 3 = 0`,
  `insert into sk.payments (id, donation_id, campaign_id, gateway, method, reference, status, gift_minor, tip_minor,
     redirect_url, expires_at)
   select payment_id, donation_id, campaign_id, 'midtrans', 'qris', reference, 'pending', gift, tip,
     'https://app.sandbox.midtrans.com/snap/v4/redirection/' || donation_id, now() + interval '1 day'
   from pledges`,
  `insert into sk.feeds (name, head) select 'donation:' || donation_id, 1 from pledges`,
  `insert into sk.feed_events (feed, seq, type, data)
   select 'donation:' || donation_id, 1, 'donation.pending',
     jsonb_build_object('method', 'qris', 'expiresAt', now() + interval '1 day')
   from pledges`,
];
