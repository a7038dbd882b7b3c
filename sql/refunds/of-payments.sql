select * from sk.refunds where payment_id = any($1::uuid[]) order by payment_id, key
