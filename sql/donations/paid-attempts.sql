-- A gift as finance sees it before some of it goes back: no name, no address.
select p.id, p.gateway, p.method, p.reference, p.status, p.amount_minor, p.gift_minor, p.tip_minor,
  p.returned_gift_minor, p.returned_tip_minor, p.paid_at, p.settlement_id is not null as settled,
  exists (select from sk.journals j where j.client_key = 'suspense:' || p.id) as suspense,
  d.id as donation_id, d.status as donation_status, d.returned_minor, d.gift_minor as donation_gift_minor,
  d.tip_minor as donation_tip_minor, d.paid_at as donation_paid_at, d.campaign_id, c.title as campaign_title, c.slug as campaign_slug
from sk.payments p join sk.donations d on d.id = p.donation_id join sk.campaigns c on c.id = d.campaign_id
where d.id = coalesce(${id}::uuid, (select donation_id from sk.payments where reference = ${reference} limit 1))
order by p.created_at, p.id
