import pg from 'pg';
import { inProcessBus } from '../../server/bus.ts';
import { closeDb, openDb } from '../../server/db/open.ts';
import { liveCampaign } from '../../test/support/house.ts';
import type { OpenPayment } from './notification.ts';

/**
 * A hot campaign, made with the product's own verbs, and this many open payments of it; beside it, campaigns like it
 * over which other open payments are spread. Payments are written by the
 * superuser in bulk, as `pledge` and the gateway's answer leave them: donation, message (a third), attempt, and the
 * donation's feed with its first event. Two hundred thousand pledges through the verb would take half an hour.
 */
export async function prepare({
  appUrl,
  adminUrl,
  hot,
  spread,
  campaigns,
}: {
  appUrl: string;
  adminUrl: string;
  hot: number;
  spread: number;
  campaigns: number;
}): Promise<{ hot: OpenPayment[]; spread: OpenPayment[] }> {
  const db = openDb({ url: appUrl });
  const bus = inProcessBus({ onFault: (fault) => console.error(fault) });
  const { id: campaignId } = await liveCampaign({ db, bus }, { goal: 9_000_000_000 });
  await closeDb(db);

  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    for (const statement of CAMPAIGNS) {
      await admin.query(statement, statement.includes('$2') ? [campaignId, campaigns] : [campaignId]);
    }
    await admin.query(OPEN_PAYMENTS, [campaignId, hot, spread]);
    for (const statement of FILL) await admin.query(statement);
    const { rows } = await admin.query<OpenPayment & { hot: boolean }>(
      `select reference, (gift + tip)::text as amount, campaign_id = $1 as hot from pledges order by i`,
      [campaignId],
    );
    await admin.query('analyze');
    const of = (isHot: boolean): OpenPayment[] =>
      rows.filter((row) => row.hot === isHot).map(({ reference, amount }) => ({ reference, amount }));
    return { hot: of(true), spread: of(false) };
  } finally {
    await admin.end();
  }
}

const CAMPAIGNS = [
  `create temp table others as
   select i, gen_random_uuid() as id, c.slug || '-' || i as slug from generate_series(1, $2::int) as i, sk.campaigns c
   where c.id = $1`,
  `insert into sk.campaigns (id, slug, title, story, category, goal_minor, ends_on, timezone, beneficiary, status, owner_name,
     submitted_at, published_at)
   select o.id, o.slug, c.title, c.story, c.category, c.goal_minor, c.ends_on, c.timezone, c.beneficiary, c.status, c.owner_name,
     c.submitted_at, c.published_at
   from others o, sk.campaigns c where c.id = $1`,
  'insert into sk.campaign_totals (campaign_id) select id from others where $1::uuid is not null',
  'insert into sk.campaign_money (campaign_id) select id from others where $1::uuid is not null',
  `insert into sk.accounts (code, type, campaign_id)
   select kind || ':' || id, type, id from others,
     (values ('campaign_payable', 'liability'), ('campaign_receivable', 'asset'), ('payout_pending', 'liability')) as k(kind, type)
   where $1::uuid is not null`,
  `insert into sk.feeds (name) select kind || ':' || id from others, (values ('campaign'), ('owner')) as k(kind)
   where $1::uuid is not null`,
];

const OPEN_PAYMENTS = `
  create temp table pledges as
  select i, case when i <= $2 then $1::uuid
      else (select id from others o where o.i = 1 + p.i % (select count(*) from others)) end as campaign_id,
    uuidv7() as donation_id, uuidv7() as payment_id,
    'SK' || upper(substr(md5(i::text || random()::text), 1, 25)) as reference,
    (10 + i % 90) * 1000 as gift, case when i % 2 = 0 then 5000 else 0 end as tip
  from generate_series(1, $2::int + $3::int) as p(i)`;

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
