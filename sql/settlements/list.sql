select s.* from sk.settlements s
where ${before}::uuid is null or s.id < ${before}
order by s.id desc limit ${limit}
