delete from sk.job_leases where job = ${job} and holder = ${holder}
