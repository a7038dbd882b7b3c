-- The gift with its donation: nobody else changes one without the other.
select o.*, d.status as donation_status, d.gift_minor, d.tip_minor
from sk.offline_gifts o
join sk.donations d on d.id = o.donation_id
where o.donation_id = ${donationId}
for no key update of o, d
