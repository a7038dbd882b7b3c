-- What went back of a payment is what its refunds and disputes say; what of it counted, its donation says.
select p.id, p.returned_gift_minor, p.returned_tip_minor, r.gift, r.tip
from sk.payments p
cross join lateral (
  select coalesce(sum(gift), 0) as gift, coalesce(sum(tip), 0) as tip from (
    select gift_minor as gift, tip_minor as tip from sk.refunds where payment_id = p.id and status = 'done'
    union all select gift_minor, tip_minor from sk.disputes where payment_id = p.id and status = 'lost'
  ) back
) r
where p.status = 'paid' and p.id in (select sk.payments_touched(${since})) and (p.returned_gift_minor <> r.gift or p.returned_tip_minor <> r.tip)
