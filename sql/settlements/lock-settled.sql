-- The same of payments by their ids.
select id, donation_id, campaign_id, reference, gift_minor, returned_gift_minor, fee_minor, covered_minor, settlement_id
from sk.payments
where id = any($1::uuid[])
order by donation_id, id
for no key update
