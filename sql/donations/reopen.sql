update sk.donations set status = 'pending' where id = ${id} and status in ('failed', 'expired', 'cancelled')
