-- Journals with their postings, in one statement: one that is without any is refused when the statement ends. A posting names
-- its journal and its account by their place in the lists, because most are named many times. An account that does not exist
-- is null here, which the table refuses. created_at and xid are the database's own: they have defaults, and sk_app may not
-- name them.
with said as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::bytea[], $7::bytea[], $8::text[])
    with ordinality as j(id, kind, client_key, body_hash, effective_at, commitment, salt, private, nth)
), kept as (
  insert into sk.journal_secrets (journal_id, salt, private) select id, salt, private from said
), opened as (
  insert into sk.journals (id, kind, client_key, body_hash, effective_at, commitment)
  select id, kind, client_key, body_hash, effective_at, commitment from said
), named as (
  select c.nth, a.id from unnest($9::text[]) with ordinality as c(code, nth) left join sk.accounts a on a.code = c.code
)
insert into sk.postings (journal_id, line, account_id, side, amount_minor, payment_id)
select said.id, p.line, named.id, p.side, p.amount_minor, p.payment_id
from unnest($10::int[], $11::smallint[], $12::int[], $13::char(1)[], $14::numeric[], $15::uuid[])
  as p(journal, line, account, side, amount_minor, payment_id)
join said on said.nth = p.journal
join named on named.nth = p.account
