update sk.donations d set returned_minor = d.returned_minor + b.gift,
  status = case
    when d.returned_minor + b.gift = 0 then 'paid'
    when d.returned_minor + b.gift < d.gift_minor then 'partially_refunded'
    else b.status
  end
from unnest($1::uuid[], $2::bigint[], $3::text[]) as b(id, gift, status)
where d.id = b.id
