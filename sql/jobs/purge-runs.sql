delete from sk.job_runs where id in (select id from sk.job_runs where started_at < ${before} order by id limit ${limit})
