-- In the one order of all who lock payments: by donation, then by attempt.
select id, donation_id, campaign_id, reference, gift_minor, returned_gift_minor, fee_minor, covered_minor, settlement_id
from sk.payments
where (gateway, reference) in (select $1, r from unnest($2::text[]) as r)
order by donation_id, id
for no key update
