-- Only by whoever still holds it: a lease that ran out has been given up already.
update sk.outbox
set status = ${status}, reason = ${reason}, lease_until = null,
  due_at = case when ${status} = 'queued' then now() + ${delaySeconds} * interval '1 second' else due_at end,
  ended_at = case when ${status} = 'queued' then null else now() end
where id = ${id} and status = 'sending'
