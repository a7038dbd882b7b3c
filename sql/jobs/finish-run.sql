update sk.job_runs set finished_at = now(), ok = ${ok}, detail = ${detail} where id = ${id}
