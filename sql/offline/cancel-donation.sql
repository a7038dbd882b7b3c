update sk.donations set status = 'cancelled' where id = ${donationId} and status = 'pending'
