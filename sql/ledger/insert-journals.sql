-- created_at and xid are the database's own: they have defaults, and sk_app may not name them.
with said as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::bytea[], $7::bytea[], $8::text[])
    as j(id, kind, client_key, body_hash, effective_at, commitment, salt, private)
), kept as (
  insert into sk.journal_secrets (journal_id, salt, private) select id, salt, private from said
)
insert into sk.journals (id, kind, client_key, body_hash, effective_at, commitment)
select id, kind, client_key, body_hash, effective_at, commitment from said
