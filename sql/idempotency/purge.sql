delete from sk.idempotency_keys where (principal, route, key) in (
  select principal, route, key from sk.idempotency_keys where created_at < ${before} order by created_at limit ${limit}
)
