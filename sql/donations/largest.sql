-- The conditions are those of the index donations_largest, word for word, so that no more rows are read than are answered.
select d.id, d.public_name, d.gift_minor - d.returned_minor as gift_minor, d.paid_at, null as message
from sk.donations d
where d.campaign_id = ${campaignId} and d.paid_at is not null and d.hidden_at is null
  and d.status in ('paid', 'partially_refunded')
order by d.gift_minor - d.returned_minor desc, d.paid_at, d.id
limit ${limit}
