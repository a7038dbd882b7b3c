-- created_at and xid are the database's own: they have defaults, and sk_app may not name them.
insert into sk.journals (id, kind, client_key, body_hash, effective_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[])
