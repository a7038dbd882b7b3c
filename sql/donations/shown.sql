select d.id, d.public_name, d.gift_minor - d.returned_minor as gift_minor, d.paid_at, m.body as message
from sk.donations d
left join sk.donation_messages m on m.donation_id = d.id and m.status = 'shown'
where d.id = ${id} and d.campaign_id = ${campaignId} and d.paid_at is not null and d.hidden_at is null
  and d.status in ('paid', 'partially_refunded')
