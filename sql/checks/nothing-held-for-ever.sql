-- Money that waits longer than its time: for an answer from a gateway, for a person, or for whom it belongs to.
select 'refund' as what, id::text, requested_at as since from sk.refunds
where status = 'requested' and requested_at < now() - interval '7 days' and made_at <> 'payout'
union all
select 'payout', id::text, coalesce(decided_at, requested_at) from sk.payouts
where status in ('requested', 'approved', 'submitted') and coalesce(decided_at, requested_at) < now() - interval '14 days'
union all
select 'hold', id::text, until from sk.holds
where released_at is null and until < now() - interval '30 days'
union all
select 'suspense', substr(j.client_key, 10), j.created_at
from sk.journals j join sk.payments p on p.id = substr(j.client_key, 10)::uuid
where j.client_key >= 'suspense:' and j.client_key < 'suspense;' and j.created_at < now() - interval '30 days'
  and p.returned_gift_minor + p.returned_tip_minor < p.amount_minor
