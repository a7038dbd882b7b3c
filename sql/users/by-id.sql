select * from sk.users where id = ${id}
