-- What a gateway owes us for a payment is what was paid, less what it gave back itself, until it is settled.
select pay.id, pay.amount_minor, pay.returned_gift_minor + pay.returned_tip_minor as returned, b.clearing, h.by_hand
from sk.payments pay
cross join lateral (
  select coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0) as clearing
  from sk.postings p
  where p.payment_id = pay.id and p.account_id in (select id from sk.accounts where code like 'gateway\_clearing:%')
) b
cross join lateral (
  select coalesce(sum(r.gift_minor + r.tip_minor), 0) as by_hand from sk.refunds r
  where r.payment_id = pay.id and r.made_at in ('transfer', 'payout') and r.status = 'done'
) h
where pay.status = 'paid' and pay.gateway <> 'offline' and pay.settlement_id is null
  and pay.id in (select sk.payments_touched(${since}))
  -- A later settlement may stand that cleared what went back, while the one of the payment itself was corrected.
  and not exists (
    select from sk.postings p
    join sk.journals j on j.id = p.journal_id and j.kind = 'settlement'
    join sk.settlements s on s.id = substr(j.client_key, 12)::uuid
    where p.payment_id = pay.id and s.corrected_at is null
  )
  and b.clearing <> pay.amount_minor - pay.returned_gift_minor - pay.returned_tip_minor + h.by_hand
