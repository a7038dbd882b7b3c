update sk.payments p set returned_gift_minor = p.returned_gift_minor + b.gift,
  returned_tip_minor = p.returned_tip_minor + b.tip, covered_minor = p.covered_minor + b.cover,
  reversed_at = coalesce(b.reversed_at, p.reversed_at)
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[]) as b(id, gift, tip, cover, reversed_at)
where p.id = b.id
