-- A piece at a time, so that no delete holds its locks for long.
delete from sk.sessions
where id in (select id from sk.sessions where expires_at <= ${before} order by expires_at limit ${limit})
