-- Each row to one process alone: those that another one holds are passed over.
with due as (
  select id from sk.outbox where status = 'queued' and due_at <= now()
  order by due_at, id limit ${limit} for no key update skip locked
)
update sk.outbox o
set status = 'sending', attempts = o.attempts + 1, lease_until = now() + ${leaseSeconds} * interval '1 second'
from due left join sk.outbox q on q.id = due.id left join sk.users u on u.id = q.user_id
where o.id = due.id
returning o.id, o.template, o.data, o.attempts, coalesce(o.recipient, u.email) as recipient,
  coalesce(o.locale, u.locale, 'id') as locale, coalesce(u.name, '') as name, o.user_id
