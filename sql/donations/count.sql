-- What came and went, counted: campaigns' totals first, in the order of their ids. The time is one for the whole batch and is
-- read once they are locked: the wall, ordered by it, then stands in the order of the feed's numbers. One statement, because
-- each costs something before it does anything, and most batches are small (decision 0002).
with locked as materialized (
  select campaign_id from sk.campaign_totals where campaign_id = any($2::uuid[]) order by campaign_id for no key update
), clock as materialized (
  select clock_timestamp() as at from (select count(*) from locked) as once_locked
), paid as (
  update sk.donations d set status = 'paid', paid_at = clock.at from clock
  where d.id = any($1::uuid[]) and d.status in ('pending', 'expired', 'failed', 'cancelled')
  returning d.id
), receipts as (
  -- For those that left an address; most do not, and cost nothing here.
  insert into sk.outbox (key, recipient, template, locale, data)
  select 'receipt:' || donation_id, email, 'receipt', locale, jsonb_build_object('donationId', donation_id)
  from sk.donor_identities
  where donation_id = any($1::uuid[]) and email is not null
  on conflict do nothing
)
-- With what the campaign owes: whoever books a gift for it took the lock of its payable in an earlier statement, so that this
-- one sees the debt as it stands.
update sk.campaign_totals t
set raised_minor = t.raised_minor + a.gift, tips_minor = t.tips_minor + a.tip, donor_count = t.donor_count + a.donors
from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[]) as a(campaign_id, gift, tip, donors), clock
where t.campaign_id = a.campaign_id
returning t.campaign_id, t.raised_minor, t.donor_count, clock.at, (select count(*)::int from paid) as paid,
  (select b.balance_minor from sk.balances b join sk.accounts r on r.id = b.account_id
    where r.code = 'campaign_receivable:' || t.campaign_id) as owed_minor
