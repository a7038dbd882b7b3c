select j.job, r.finished_at, r.detail from unnest(${jobs}::text[]) j (job)
left join lateral (
  select finished_at, detail from sk.job_runs where job = j.job and ok order by started_at desc limit 1
) r on true
