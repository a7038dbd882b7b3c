-- What a gateway owes us for a payment is what was paid.
select pay.id, pay.amount_minor, coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0) as clearing
from sk.payments pay
left join sk.postings p on p.payment_id = pay.id and p.account_id in (select id from sk.accounts where code like 'gateway_clearing:%')
where pay.status = 'paid'
group by pay.id, pay.amount_minor
having pay.amount_minor <> coalesce(sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end), 0)
