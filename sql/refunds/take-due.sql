-- Refunds of which no answer is known, marked as asked, so that two processes never ask about the same one at once.
with due as (
  select id from sk.refunds
  where status = 'requested' and made_at = 'platform' and requested_at < ${before} and (asked_at is null or asked_at < ${askedBefore})
  order by requested_at limit ${limit} for no key update skip locked
)
update sk.refunds r set asked_at = ${now} from due where r.id = due.id
returning r.id
