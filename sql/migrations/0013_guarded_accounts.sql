-- Accounts that may never be overdrawn carry a balance, which only the database moves. Journals carry a commitment to
-- what they keep private.
-- Up Migration
set role sk_owner;

-- What an account is follows from its code, so that nobody opens a payable that may be overdrawn.
alter table sk.accounts
  add constraint accounts_typed check (type = case split_part(code, ':', 1)
    when 'gateway_clearing' then 'asset' when 'gateway_balance' then 'asset' when 'bank' then 'asset'
    when 'cash' then 'asset' when 'campaign_receivable' then 'asset'
    when 'campaign_payable' then 'liability' when 'payout_pending' then 'liability' when 'suspense' then 'liability'
    when 'tip_income' then 'income' when 'platform_fee_income' then 'income'
    when 'refund_cover' then 'expense' when 'dispute_fee' then 'expense' when 'gateway_fee' then 'expense'
    else '' end),
  add column may_overdraw boolean not null
    generated always as (split_part(code, ':', 1) not in ('campaign_payable', 'campaign_receivable', 'payout_pending')) stored;
create index accounts_of_campaign on sk.accounts (campaign_id) where campaign_id is not null;

-- Apart from the account, because a campaign on television moves one of these with every batch: free space keeps the
-- row's versions on its page. Only the functions below write here; sk_app may read.
create table sk.balances (
  account_id bigint primary key,
  normal_side char(1) not null check (normal_side in ('D', 'C')),
  balance_minor numeric(38, 0) not null default 0 constraint never_overdrawn check (balance_minor >= 0)
) with (fillfactor = 10);
grant select on sk.balances to sk_app;

create function sk.open_balances() returns trigger language plpgsql security definer set search_path = pg_catalog, sk as $$
begin
  insert into sk.balances (account_id, normal_side)
  select id, case when type in ('asset', 'expense') then 'D' else 'C' end from opened where not may_overdraw;
  return null;
end $$;
create trigger with_balance after insert on sk.accounts referencing new table as opened
  for each statement execute function sk.open_balances();
create trigger unchanged before update or delete or truncate on sk.accounts for each statement execute function sk.refuse_change();

insert into sk.balances (account_id, normal_side, balance_minor)
select a.id, case when a.type in ('asset', 'expense') then 'D' else 'C' end,
  coalesce(sum(case when p.side = case when a.type in ('asset', 'expense') then 'D' else 'C' end then p.amount_minor else -p.amount_minor end), 0)
from sk.accounts a left join sk.postings p on p.account_id = a.id
where not a.may_overdraw
group by a.id;

-- The app names what an account is called and whose it is; nothing else is its to say.
revoke insert on sk.accounts from sk_app;
grant insert (code, type, currency, campaign_id) on sk.accounts to sk_app;

-- Locks guarded accounts in the one order that every writer keeps, and says how much is in them. sk_app may not lock
-- rows that it may not update, and so asks here.
create function sk.lock_balances(codes text[]) returns table (code text, balance_minor numeric) language sql
  security definer set search_path = pg_catalog, sk as $$
  select a.code, b.balance_minor from sk.balances b join sk.accounts a on a.id = b.account_id
  where a.code = any(codes) order by b.account_id for no key update of b
$$;
grant execute on function sk.lock_balances(text[]) to sk_app;

-- As before (0008), and guarded balances move by what the statement posted: once per account, however many gifts came
-- for it, locked in the order of their ids.
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
  elsif bad.closed then
    raise exception 'journal % is closed', bad.journal_id using errcode = 'SK002';
  elsif bad.no_account then
    raise exception 'journal % names an account that does not exist', bad.journal_id using errcode = '23503';
  elsif bad.no_payment then
    raise exception 'journal % names a payment that does not exist', bad.journal_id using errcode = '23503';
  end if;
  raise exception 'journal % does not balance in %', bad.journal_id, bad.currency using errcode = 'SK001';
end $$;

-- SHA-256 over the salt and the private fields as canonical JSON (RFC 8785). The journal keeps the commitment for ever;
-- salt and fields stand apart and may be deleted, after which the commitment tells nothing.
alter table sk.journals add column commitment bytea check (length(commitment) = 32);
create table sk.journal_secrets (
  journal_id uuid primary key,
  salt bytea not null check (length(salt) = 16),
  private text not null
);
alter table sk.journals disable trigger unchanged;
with salted as (
  select id, uuid_send(gen_random_uuid()) as salt from sk.journals
), kept as (
  insert into sk.journal_secrets (journal_id, salt, private) select id, salt, '{}' from salted
)
update sk.journals j set commitment = sha256(s.salt || '{}'::bytea) from salted s where s.id = j.id;
alter table sk.journals enable trigger unchanged;
alter table sk.journals alter column commitment set not null;
grant insert (commitment) on sk.journals to sk_app;
grant select, insert, delete on sk.journal_secrets to sk_app;

-- Where a journal stands in the tree of all journals, once it stands there; apart, because journals never change.
create table sk.journal_leaves (
  journal_id uuid primary key,
  leaf bigint not null unique check (leaf >= 0)
);
grant select, insert on sk.journal_leaves to sk_app;

-- Statements and exports page through an account in the order of its journals.
drop index sk.postings_of_account;
create index postings_of_account on sk.postings (account_id, journal_id);

-- What is owed back to nobody known yet, what the bank holds, what a gateway holds for us, and our own part.
insert into sk.accounts (code, type) values
  ('gateway_balance:midtrans', 'asset'), ('bank:main', 'asset'), ('cash:main', 'asset'),
  ('platform_fee_income', 'income'), ('refund_cover', 'expense'), ('dispute_fee', 'expense');
insert into sk.accounts (code, type, campaign_id)
select 'campaign_receivable:' || id, 'asset', id from sk.campaigns
union all select 'payout_pending:' || id, 'liability', id from sk.campaigns
union all select 'campaign_payable:' || id, 'liability', id from sk.campaigns
on conflict (code) do nothing;

reset role;
