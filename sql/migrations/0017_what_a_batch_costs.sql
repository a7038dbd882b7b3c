-- A pledge is written twice: when it is made and when it is paid. Its second version must be entered in every index again
-- (status and time of payment stand in some of them), beside the first, on pages that keys in the order of time have
-- filled to nine tenths: each such page was searched for dead entries and then split. Half of each is left free instead
-- (pg_stat_statements under the load of bench:ingest: 31 us for a payment that is paid became 26, a donation's 17 became 15).
-- Up Migration
set role sk_owner;

alter index sk.payments_pkey set (fillfactor = 50);
alter index sk.payments_of_donation set (fillfactor = 50);
alter index sk.donations_pkey set (fillfactor = 50);

-- Journals come in one statement with their postings, and are looked at once when it ends: a deferred trigger for each of
-- them held up the commit.
drop trigger not_empty on sk.journals;
create or replace function sk.check_not_empty() returns trigger language plpgsql security definer
  set search_path = pg_catalog, sk set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  bad uuid;
begin
  select j.id into bad from new_journals j
  where not exists (select from sk.postings p where p.journal_id = j.id) limit 1;
  if found then
    raise exception 'journal % is empty', bad using errcode = 'SK003';
  end if;
  return null;
end $$;
create trigger not_empty after insert on sk.journals referencing new table as new_journals
  for each statement execute function sk.check_not_empty();

-- What gateways say names donors. Nobody reads or writes it but the system, and outside a transaction nobody is that.
alter table sk.notices enable row level security;
alter table sk.notices force row level security;
create policy by_system on sk.notices using (sk.is_system()) with check (sk.is_system());

-- As before (0013), and each journal and each payment is looked up once, however many postings name it. A journal is found by
-- its id alone and its transaction compared afterwards: as a condition of the join, the planner at times went through all
-- journals of the transaction for each posting (pg_stat_statements under the load of bench:ingest: 1.5 ms a batch of 31 gifts
-- instead of 0.3, and more than that in proportion for larger ones).
create or replace function sk.check_postings() returns trigger language plpgsql security definer
  set search_path = pg_catalog, sk set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  bad record;
begin
  select said.journal_id, said.currency, said.no_account, j.xid is distinct from pg_current_xact_id() as closed
  into bad
  from (
    select n.journal_id, a.currency, bool_or(a.id is null) as no_account,
      sum(case n.side when 'D' then n.amount_minor else -n.amount_minor end) as balance
    from new_postings n
    left join sk.accounts a on a.id = n.account_id
    group by n.journal_id, a.currency
  ) said
  left join sk.journals j on j.id = said.journal_id
  where said.balance <> 0 or said.no_account or j.xid is distinct from pg_current_xact_id()
  order by closed desc, no_account desc
  limit 1;
  if found then
    if bad.closed then
      raise exception 'journal % is closed', bad.journal_id using errcode = 'SK002';
    elsif bad.no_account then
      raise exception 'journal % names an account that does not exist', bad.journal_id using errcode = '23503';
    end if;
    raise exception 'journal % does not balance in %', bad.journal_id, bad.currency using errcode = 'SK001';
  end if;

  select said.journal_id into bad
  from (
    select payment_id, min(journal_id::text) as journal_id from new_postings where payment_id is not null group by payment_id
  ) said
  where not exists (select from sk.payments p where p.id = said.payment_id)
  limit 1;
  if found then
    raise exception 'journal % names a payment that does not exist', bad.journal_id using errcode = '23503';
  end if;

  perform from sk.balances b where b.account_id in (select distinct account_id from new_postings)
  order by b.account_id for no key update;
  update sk.balances b
  set balance_minor = b.balance_minor + case b.normal_side when 'D' then moved.debit else -moved.debit end
  from (
    select account_id, sum(case side when 'D' then amount_minor else -amount_minor end) as debit
    from new_postings group by account_id
  ) moved
  where b.account_id = moved.account_id;
  return null;
end $$;

reset role;
