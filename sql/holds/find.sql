select * from sk.holds where id = ${id}
