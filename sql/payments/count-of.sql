select count(*)::int as n from sk.payments where donation_id = ${donationId}
