delete from sk.outbox where id in (
  select id from sk.outbox where ended_at < ${before} order by ended_at limit ${limit}
)
