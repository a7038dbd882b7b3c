select * from sk.payments where donation_id = ${donationId} order by created_at desc, id desc limit 1
