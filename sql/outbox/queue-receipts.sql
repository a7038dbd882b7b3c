-- For those of the donations that left an address; most do not, and cost nothing here.
insert into sk.outbox (key, recipient, template, locale, data)
select 'receipt:' || donation_id, email, 'receipt', locale, jsonb_build_object('donationId', donation_id)
from sk.donor_identities
where donation_id = any($1::uuid[]) and email is not null
on conflict do nothing
