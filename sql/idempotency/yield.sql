-- Lets a retry go on at once with the same resource instead of waiting for the lease to run out.
update sk.idempotency_keys set lease_until = ${now}
where principal = ${principal} and route = ${route} and key = ${key} and status is null
