-- What a gateway owes us for a payment is what was paid, less what went back, and nothing once it is settled.
select pay.id, pay.amount_minor, pay.returned_gift_minor + pay.returned_tip_minor as returned, pay.settlement_id,
  coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0) as clearing
from sk.payments pay
left join sk.postings p on p.payment_id = pay.id and p.account_id in (select id from sk.accounts where code like 'gateway_clearing:%')
where pay.status = 'paid' and pay.gateway <> 'offline' and pay.settlement_id is null
  and pay.id in (select sk.payments_touched(${since}))
group by pay.id
having pay.amount_minor - pay.returned_gift_minor - pay.returned_tip_minor
  <> coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0)
