select id from sk.campaigns where id = ${id} for no key update
