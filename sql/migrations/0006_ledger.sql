-- The books. The database itself refuses a journal that does not balance, an empty one, one that is added to
-- later, and any change of what is written.
-- Up Migration
set role sk_owner;

create table sk.accounts (
  id bigint generated always as identity primary key,
  -- 'gateway_clearing:midtrans', 'campaign_payable:<id>', 'tip_income', …
  code text not null unique check (length(code) <= 100),
  type text not null check (type in ('asset', 'liability', 'income', 'expense')),
  currency text not null default 'IDR' check (currency = 'IDR'),
  campaign_id uuid references sk.campaigns,
  created_at timestamptz not null default now()
);

create table sk.journals (
  id uuid primary key,
  kind text not null,
  -- Unique among all journals: what is booked under a key is booked once.
  client_key text not null unique check (length(client_key) <= 120),
  body_hash bytea not null check (length(body_hash) = 32),
  effective_at timestamptz not null,
  created_at timestamptz not null,
  xid xid8 not null
);

create table sk.postings (
  -- No foreign key: the trigger below looks the journals of a whole statement up at once instead of row by row, and
  -- journals are never deleted.
  journal_id uuid not null,
  line smallint not null check (line > 0),
  account_id bigint not null references sk.accounts,
  side char(1) not null check (side in ('D', 'C')),
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  payment_id uuid references sk.payments,
  primary key (journal_id, line)
);
create index postings_of_account on sk.postings (account_id);
create index postings_of_payment on sk.postings (payment_id) where payment_id is not null;

-- Time and transaction are the database's word, whatever the caller says.
create function sk.stamp_journal() returns trigger language plpgsql as $$
begin
  new.created_at := now();
  new.xid := pg_current_xact_id();
  return new;
end $$;
create trigger stamp before insert on sk.journals for each row execute function sk.stamp_journal();

-- One check per statement over all rows it inserted: every journal touched balances in each currency and was
-- opened by this same transaction. A journal's postings are therefore inserted by one statement; what stood there
-- before balances already, so only the new rows are read. Without seqscan, because the plan is kept as long as the
-- connection: one made while the books were nearly empty read them whole ever after (bench:ingest,
-- one by one: 80 a second, and 170 since).
create function sk.check_postings() returns trigger language plpgsql security definer set search_path = pg_catalog, sk
  set enable_seqscan = off as $$
declare
  bad record;
begin
  select n.journal_id, a.currency into bad
  from new_postings n join sk.accounts a on a.id = n.account_id
  group by n.journal_id, a.currency
  having sum(case n.side when 'D' then n.amount_minor else -n.amount_minor end) <> 0
  limit 1;
  if found then
    raise exception 'journal % does not balance in %', bad.journal_id, bad.currency using errcode = 'SK001';
  end if;
  select n.journal_id into bad
  from new_postings n
  where not exists (select from sk.journals j where j.id = n.journal_id and j.xid = pg_current_xact_id())
  limit 1;
  if found then
    raise exception 'journal % is closed', bad.journal_id using errcode = 'SK002';
  end if;
  return null;
end $$;
create trigger balanced after insert on sk.postings referencing new table as new_postings
  for each statement execute function sk.check_postings();

create function sk.check_not_empty() returns trigger language plpgsql security definer set search_path = pg_catalog, sk
  set enable_seqscan = off as $$
begin
  if not exists (select from sk.postings p where p.journal_id = new.id) then
    raise exception 'journal % is empty', new.id using errcode = 'SK003';
  end if;
  return null;
end $$;
create constraint trigger not_empty after insert on sk.journals deferrable initially deferred
  for each row execute function sk.check_not_empty();

create function sk.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is never changed: book a correcting journal', tg_table_name using errcode = 'SK004';
end $$;
create trigger unchanged before update or delete or truncate on sk.journals for each statement execute function sk.refuse_change();
create trigger unchanged before update or delete or truncate on sk.postings for each statement execute function sk.refuse_change();

grant select, insert on sk.accounts to sk_app;
grant select, insert on sk.journals to sk_app;
grant select, insert on sk.postings to sk_app;

insert into sk.accounts (code, type) values
  ('gateway_clearing:midtrans', 'asset'),
  ('suspense:midtrans', 'liability'),
  ('tip_income', 'income');

reset role;
