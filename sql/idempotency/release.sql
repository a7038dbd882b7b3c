delete from sk.idempotency_keys where principal = ${principal} and route = ${route} and key = ${key} and status is null
