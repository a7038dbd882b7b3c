-- Attempts whose time is over and whose gateway was not asked in the last minutes; marked as asked, so that two
-- processes never ask about the same one.
with due as (
  select id from sk.payments
  where status in ('created', 'pending', 'authorized') and expires_at < ${before}
    and (asked_at is null or asked_at < ${askedBefore})
  order by expires_at limit ${limit} for no key update skip locked
)
update sk.payments p set asked_at = ${now} from due where p.id = due.id
returning p.*
