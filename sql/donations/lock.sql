select * from sk.donations where id = ${id} for no key update
