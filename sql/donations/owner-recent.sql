select d.id, d.public_name, d.gift_minor - d.returned_minor as gift_minor, d.tip_minor, d.paid_at,
  case when m.status = 'shown' then m.body end as message, coalesce(m.status = 'held', false) as message_held
from sk.donations d
left join sk.donation_messages m on m.donation_id = d.id
where d.campaign_id = ${campaignId} and d.paid_at is not null and d.hidden_at is null
  and d.status in ('paid', 'partially_refunded')
order by d.paid_at desc, d.id desc
limit ${limit}
