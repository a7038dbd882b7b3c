-- After the campaign's accounts, which whoever changes these rows holds: the total, then what stands beside it.
with total as materialized (
  select campaign_id, raised_minor from sk.campaign_totals where campaign_id = ${campaignId} for no key update
), money as materialized (
  select * from sk.campaign_money where campaign_id in (select campaign_id from total) for no key update
)
select t.raised_minor, m.refunded_minor, m.clawed_back_minor, m.settled_minor, m.fees_minor, m.paid_out_minor, m.refunding_minor
from total t join money m on m.campaign_id = t.campaign_id
