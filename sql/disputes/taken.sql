-- What banks have taken back of each payment so far, whether or not it was won back since.
select payment_id, sum(gift_minor + tip_minor) as taken_minor from sk.disputes
where payment_id = any($1::uuid[]) and kind = 'chargeback'
group by payment_id
