select * from sk.settlements where id = ${id}
