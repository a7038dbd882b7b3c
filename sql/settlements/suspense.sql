-- What stands in suspense of each payment; few ever come here.
select pay.id as payment_id, pay.donation_id, pay.reference, pay.gateway, s.amount_minor, s.since, (extract(epoch from s.since) * 1000000)::bigint as key
from (
  select p.payment_id, min(j.created_at) as since,
    sum(case p.side when 'C' then p.amount_minor else -p.amount_minor end) as amount_minor
  from sk.accounts a
  join sk.postings p on p.account_id = a.id
  join sk.journals j on j.id = p.journal_id
  where a.code like 'suspense:%'
  group by p.payment_id
  having sum(case p.side when 'C' then p.amount_minor else -p.amount_minor end) <> 0
) s
join sk.payments pay on pay.id = s.payment_id
where (s.since, pay.id) > ('epoch'::timestamptz + ${after} * interval '1 microsecond', ${afterId}::uuid)
order by s.since, pay.id limit ${limit}
