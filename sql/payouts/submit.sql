update sk.payouts set status = 'submitted', failure = null where id = ${id} and status = 'approved'
returning id
