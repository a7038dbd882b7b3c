select * from sk.settlements where id = ${id} for no key update
