select d.id, d.status, d.gift_minor, d.tip_minor, d.returned_minor, d.paid_at, c.title as campaign_title, c.slug as campaign_slug,
  c.beneficiary, c.permit_number, i.name as donor_name, p.reference, p.method
from sk.donations d
join sk.campaigns c on c.id = d.campaign_id
join sk.payments p on p.donation_id = d.id and p.status = 'paid'
left join sk.donor_identities i on i.donation_id = d.id
where d.id = ${id} and d.paid_at is not null
order by p.paid_at, p.id
limit 1
