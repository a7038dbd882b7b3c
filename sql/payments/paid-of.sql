-- The attempts of a donation that were paid, under which they can be locked.
select gateway, reference from sk.payments where donation_id = ${donationId} and status = 'paid' order by id
