-- For those whose donors left an address.
insert into sk.outbox (key, recipient, template, locale, data)
select 'refund:' || r.id, i.email, 'refund', i.locale, jsonb_build_object('refundId', r.id)
from unnest($1::uuid[], $2::uuid[]) as r(id, donation_id)
join sk.donor_identities i on i.donation_id = r.donation_id
where i.email is not null
on conflict do nothing
