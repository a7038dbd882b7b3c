select p.payment_id, sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end) as outstanding_minor
from sk.postings p
where p.payment_id = any($1::uuid[]) and p.account_id = (select id from sk.accounts where code = $2)
group by p.payment_id
