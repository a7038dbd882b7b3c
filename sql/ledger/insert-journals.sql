-- The database sets created_at and xid itself, whatever stands here.
insert into sk.journals (id, kind, client_key, body_hash, effective_at, created_at, xid)
select id, kind, client_key, body_hash, effective_at, now(), pg_current_xact_id()
from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[]) as j(id, kind, client_key, body_hash, effective_at)
