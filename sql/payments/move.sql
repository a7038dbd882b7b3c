-- Effects and sums are derived from the rows this returns and from nothing else, so a notice that comes twice, in one
-- batch, in two, or at two servers, counts once.
update sk.payments p
set status = m.status,
  gateway_transaction_id = coalesce(m.transaction_id, p.gateway_transaction_id),
  paid_at = case when m.status = 'paid' then m.at else p.paid_at end,
  late = p.late or (m.status = 'paid' and p.status in ('expired', 'failed', 'cancelled'))
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) as m(id, was, status, transaction_id, at)
where p.id = m.id and p.status = m.was
returning p.id
