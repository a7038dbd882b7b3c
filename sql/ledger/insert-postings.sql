insert into sk.postings (journal_id, line, account_id, side, amount_minor, payment_id)
select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::char(1)[], $5::numeric[], $6::uuid[])
