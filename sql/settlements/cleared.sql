-- What the journals of one settlement took out of clearing, payment by payment: its fee, and the rest that was settled.
select p.payment_id,
  coalesce(sum(case p.side when 'C' then p.amount_minor else -p.amount_minor end) filter (where j.kind = 'fee'), 0) as fee_minor,
  coalesce(sum(case p.side when 'C' then p.amount_minor else -p.amount_minor end) filter (where j.kind = 'settlement'), 0)
    as settled_minor
from sk.journals j
join sk.postings p on p.journal_id = j.id
where j.client_key in ('fee:' || $1::uuid, 'settlement:' || $1::uuid)
  and p.account_id = (select id from sk.accounts where code = $2)
group by p.payment_id
