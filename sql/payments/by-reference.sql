select * from sk.payments where gateway = ${gateway} and reference = ${reference}
