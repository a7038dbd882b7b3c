-- Campaigns first, in the order of their ids. The time is one for the whole batch and is read once they are locked:
-- the wall, ordered by it, then stands in the order of the feed's numbers.
with locked as materialized (
  select campaign_id from sk.campaign_totals where campaign_id = any($2::uuid[]) order by campaign_id for no key update
), clock as materialized (
  select clock_timestamp() as at from (select count(*) from locked) as once_locked
)
update sk.donations d set status = 'paid', paid_at = clock.at from clock
where d.id = any($1::uuid[]) and d.status in ('pending', 'expired', 'failed', 'cancelled')
returning d.id, d.paid_at
