insert into sk.refunds (id, payment_id, donation_id, campaign_id, key, made_at, gift_minor, tip_minor, reason, status,
  requested_by, requested_at, ended_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
  $9::text[], $10::text[], $11::uuid[], $12::timestamptz[], $13::timestamptz[])
