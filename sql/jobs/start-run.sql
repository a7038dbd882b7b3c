insert into sk.job_runs (job) values (${job}) returning id
