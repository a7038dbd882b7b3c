-- One row back in every case: the new claim, a taken-over one whose lease ran out, or (claimed = false) what is there.
with claimed as (
  insert into sk.idempotency_keys as k (principal, route, key, body_hash, resource_id, lease_until)
  values (${principal}, ${route}, ${key}, ${bodyHash}, ${resourceId}, ${leaseUntil})
  on conflict (principal, route, key) do update set lease_until = excluded.lease_until
    where k.status is null and k.lease_until <= ${now} and k.body_hash = excluded.body_hash
  returning k.*, true as claimed
)
select * from claimed
union all
select k.*, false from sk.idempotency_keys k
where principal = ${principal} and route = ${route} and key = ${key} and not exists (select from claimed)
