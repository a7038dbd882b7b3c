-- With its donation, so that a gift that is being hidden or paid meanwhile is seen as it then stands.
select m.*, d.paid_at, d.hidden_at from sk.donation_messages m join sk.donations d on d.id = m.donation_id
where m.donation_id = ${donationId} for no key update of m, d
