-- Attempts that their gateway called paid after they were given up, and of which it has not answered since; marked as
-- asked. A question that died with its process, or that met a gateway that was away, is put again.
with due as (
  select p.id from sk.payments p
  where p.status in ('failed', 'expired', 'cancelled') and (p.asked_at is null or p.asked_at < ${askedBefore})
    and exists (
      select from sk.notices n
      where n.outcome = 'noted' and n.gateway = p.gateway and n.reference = p.reference and n.received_at < ${before}
    )
    and not exists (
      select from sk.notices a where a.gateway = p.gateway and a.dedupe_key = 'asked|' || p.reference || '|contradicted'
    )
  order by p.id limit ${limit} for no key update of p skip locked
)
update sk.payments p set asked_at = ${now} from due where p.id = due.id
returning p.*
