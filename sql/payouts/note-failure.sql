update sk.payouts set failure = ${failure} where id = ${id} and status in ('approved', 'submitted')
