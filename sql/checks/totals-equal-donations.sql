-- The donor count is the number of gifts of which something counts, and their sum the total.
select t.campaign_id, t.donor_count, count(d.id) as counting, t.raised_minor, coalesce(sum(d.gift_minor - d.returned_minor), 0) as given
from sk.campaign_totals t
left join sk.donations d on d.campaign_id = t.campaign_id and d.paid_at is not null and d.returned_minor < d.gift_minor
  and d.status in ('paid', 'partially_refunded')
where t.campaign_id in (select sk.campaigns_touched(${since}))
group by t.campaign_id, t.donor_count, t.raised_minor
having t.donor_count <> count(d.id) or t.raised_minor <> coalesce(sum(d.gift_minor - d.returned_minor), 0)
