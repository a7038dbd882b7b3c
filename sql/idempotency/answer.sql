update sk.idempotency_keys set status = ${status}, response = ${response:json}
where principal = ${principal} and route = ${route} and key = ${key}
