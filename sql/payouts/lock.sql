select id from sk.payouts where id = ${id} for no key update
