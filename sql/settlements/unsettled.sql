-- Payments with something in clearing, in the order of the index that holds those which may have it: most have never
-- been settled. Of the others only money that left again, or a chargeback that was won, can leave something there.
with clearing as (
  select id from sk.accounts where code = 'gateway_clearing:' || ${gateway}
)
select c.*, (extract(epoch from c.paid_at) * 1000000)::bigint as key from (
  (select p.id, p.reference, p.method, p.paid_at, o.outstanding_minor
  from sk.payments p
  cross join lateral (
    select coalesce(sum(case l.side when 'D' then l.amount_minor else -l.amount_minor end), 0) as outstanding_minor
    from sk.postings l where l.payment_id = p.id and l.account_id = (select id from clearing)
  ) o
  where p.gateway = ${gateway} and p.status = 'paid'
    and (p.settlement_id is null or p.returned_gift_minor > 0 or p.returned_tip_minor > 0)
    and (p.paid_at, p.id) > ('epoch'::timestamptz + ${after} * interval '1 microsecond', ${afterId}::uuid) and o.outstanding_minor <> 0
  order by p.paid_at, p.id limit ${limit})
  union
  (select p.id, p.reference, p.method, p.paid_at, o.outstanding_minor
  from (select distinct payment_id from sk.disputes where status = 'won') won
  join sk.payments p on p.id = won.payment_id
  cross join lateral (
    select coalesce(sum(case l.side when 'D' then l.amount_minor else -l.amount_minor end), 0) as outstanding_minor
    from sk.postings l where l.payment_id = p.id and l.account_id = (select id from clearing)
  ) o
  where p.gateway = ${gateway}
    and (p.paid_at, p.id) > ('epoch'::timestamptz + ${after} * interval '1 microsecond', ${afterId}::uuid) and o.outstanding_minor <> 0
  order by p.paid_at, p.id limit ${limit})
) c
order by c.paid_at, c.id limit ${limit}
