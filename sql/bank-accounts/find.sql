select * from sk.bank_accounts where id = ${id}
