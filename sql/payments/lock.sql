-- One order for every batch of every process: by donation, then by attempt. NO KEY UPDATE, because FOR UPDATE would
-- also block the foreign keys of postings.
select p.id, p.gateway, p.reference, p.status, p.amount_minor, p.gift_minor, p.tip_minor, p.currency, p.method,
  p.donation_id, p.campaign_id, p.gateway_transaction_id, p.returned_gift_minor, p.returned_tip_minor, p.fee_minor,
  p.covered_minor, p.settlement_id, d.gift_minor - d.returned_minor as donation_left_minor, d.status as donation_status, d.user_id, d.public_name, d.hidden_at,
  m.body as message, m.status as message_status, m.reasons as message_reasons,
  c.goal_minor, c.slug as campaign_slug, c.title as campaign_title
from sk.payments p
join sk.donations d on d.id = p.donation_id
join sk.campaigns c on c.id = p.campaign_id
left join sk.donation_messages m on m.donation_id = p.donation_id
where (p.gateway, p.reference) in (select * from unnest($1::text[], $2::text[]))
order by p.donation_id, p.id
for no key update of p, d
