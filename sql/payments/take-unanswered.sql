-- Attempts that their gateway called paid after they were given up, or denied after they were paid, and of which it has
-- not answered since; marked as asked. A question that died with its process, or that met a gateway that was away, is put
-- again.
with doubted as (
  select n.gateway, n.reference from sk.notices n
  where n.outcome = 'noted' and n.received_at < ${before}
    and not exists (
      select from sk.notices a
      where a.gateway = n.gateway and a.received_at >= n.received_at
        and a.dedupe_key >= 'asked|' || n.reference || '|' and a.dedupe_key < 'asked|' || n.reference || '}'
    )
), due as (
  select p.id from sk.payments p join (select distinct gateway, reference from doubted) d using (gateway, reference)
  where p.status in ('failed', 'expired', 'cancelled', 'paid') and (p.asked_at is null or p.asked_at < ${askedBefore})
  order by p.id limit ${limit} for no key update of p skip locked
)
update sk.payments p set asked_at = ${now} from due where p.id = due.id
returning p.*
