insert into sk.job_leases as l (job, holder, until) values (${job}, ${holder}, now() + make_interval(secs => ${seconds}))
on conflict (job) do update set holder = excluded.holder, until = excluded.until where l.until < now()
returning job
