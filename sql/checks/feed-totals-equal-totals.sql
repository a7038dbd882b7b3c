-- The last total that a campaign's feed announced is the campaign's total.
select t.campaign_id, t.raised_minor, last.totals
from sk.campaign_totals t
cross join lateral (
  select e.totals from sk.feed_events e
  where e.feed = 'campaign:' || t.campaign_id and e.totals is not null order by e.seq desc limit 1
) last
where t.campaign_id in (select sk.campaigns_touched(${since}))
  and ((last.totals -> 'raised' ->> 'amount')::bigint <> t.raised_minor or (last.totals ->> 'donorCount')::int <> t.donor_count)
