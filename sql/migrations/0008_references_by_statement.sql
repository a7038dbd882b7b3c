-- What a posting and an event refer to is looked up once per statement instead of once per row: foreign keys cost a
-- fifth of what the database did for a gift (bench:ingest: 187 us of statements a gift with them, 152 without). Nothing
-- they guard against is lost: accounts, payments, journals and feeds are never deleted, sk_app has no right to.
-- Up Migration
set role sk_owner;

-- Time and transaction are the database's word: the app may not name these columns.
drop trigger stamp on sk.journals;
drop function sk.stamp_journal;
alter table sk.journals
  alter column created_at set default now(),
  alter column xid set default pg_current_xact_id();
revoke insert on sk.journals from sk_app;
grant insert (id, kind, client_key, body_hash, effective_at) on sk.journals to sk_app;

alter table sk.postings drop constraint postings_account_id_fkey, drop constraint postings_payment_id_fkey;

-- One check per statement over all rows it inserted: every account and payment exists, and every journal touched
-- balances in each currency and was opened by this same transaction. A journal's postings are therefore inserted by
-- one statement; what stood there before balances already, so only the new rows are read. Row by row through the
-- indexes, because the plan is kept as long as the connection: one made while the books were nearly empty read them
-- whole ever after (bench:ingest: one by one 80 a second, and 170 since; hot 1,200 after three rounds, and 2,500).
create or replace function sk.check_postings() returns trigger language plpgsql security definer
  set search_path = pg_catalog, sk set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  bad record;
begin
  select n.journal_id, a.currency, bool_or(a.id is null) as no_account,
    bool_or(n.payment_id is not null and p.id is null) as no_payment, bool_or(j.id is null) as closed
  into bad
  from new_postings n
  left join sk.accounts a on a.id = n.account_id
  left join sk.payments p on p.id = n.payment_id
  left join sk.journals j on j.id = n.journal_id and j.xid = pg_current_xact_id()
  group by n.journal_id, a.currency
  having sum(case n.side when 'D' then n.amount_minor else -n.amount_minor end) <> 0
    or bool_or(a.id is null or j.id is null or n.payment_id is not null and p.id is null)
  order by closed desc, no_account desc, no_payment desc
  limit 1;
  if not found then
    return null;
  elsif bad.closed then
    raise exception 'journal % is closed', bad.journal_id using errcode = 'SK002';
  elsif bad.no_account then
    raise exception 'journal % names an account that does not exist', bad.journal_id using errcode = '23503';
  elsif bad.no_payment then
    raise exception 'journal % names a payment that does not exist', bad.journal_id using errcode = '23503';
  end if;
  raise exception 'journal % does not balance in %', bad.journal_id, bad.currency using errcode = 'SK001';
end $$;

alter table sk.feed_events drop constraint feed_events_feed_fkey;
create function sk.check_feeds() returns trigger language plpgsql security definer
  set search_path = pg_catalog, sk set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  bad text;
begin
  select e.feed into bad from (select distinct feed from new_events) e
  where not exists (select from sk.feeds f where f.name = e.feed) limit 1;
  if found then
    raise exception 'feed % was never opened', bad using errcode = '23503';
  end if;
  return null;
end $$;
create trigger of_a_feed after insert on sk.feed_events referencing new table as new_events
  for each statement execute function sk.check_feeds();

reset role;
