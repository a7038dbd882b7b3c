insert into sk.disputes (id, payment_id, donation_id, campaign_id, kind, gift_minor, tip_minor, at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::timestamptz[])
