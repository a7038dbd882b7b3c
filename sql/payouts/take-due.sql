-- Each to one process alone; one that another process is deciding about just now is passed over.
update sk.payouts p set asked_at = ${now}
from (
  select id from sk.payouts
  where status in ('approved', 'submitted') and (asked_at is null or asked_at < ${askedBefore})
  order by asked_at nulls first, id limit ${limit} for no key update skip locked
) due
where p.id = due.id
returning p.id
