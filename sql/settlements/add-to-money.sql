-- In the order of ids, after accounts and totals.
with locked as materialized (
  select campaign_id from sk.campaign_money where campaign_id = any($1::uuid[]) order by campaign_id for no key update
)
update sk.campaign_money m
set settled_minor = m.settled_minor + a.settled, fees_minor = m.fees_minor + a.fees
from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as a(campaign_id, settled, fees)
where m.campaign_id = a.campaign_id and (select count(*) from locked) > 0
