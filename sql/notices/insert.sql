-- A key that is written already yields no row: that notice was received before. Assumed booked, corrected in the
-- same transaction where it was not.
insert into sk.notices (gateway, dedupe_key, reference, kind, outcome, raw_body)
select gateway, dedupe_key, reference, kind, 'booked', raw_body
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[]) as n(gateway, dedupe_key, reference, kind, raw_body)
order by gateway, dedupe_key
on conflict (gateway, dedupe_key) do nothing
returning id, gateway, dedupe_key
