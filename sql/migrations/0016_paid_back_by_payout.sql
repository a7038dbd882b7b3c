-- Refunds that no gateway makes are paid out to the donor's bank account, and notices that a person has dealt with.
-- Up Migration
set role sk_owner;

alter table sk.refunds
  drop constraint refunds_made_at_check,
  add constraint refunds_made_at_check check (made_at in ('platform', 'gateway', 'transfer', 'payout'));

-- A payout is of a campaign's own money to one of its accounts, or it is how a refund reaches the donor.
alter table sk.payouts
  alter column bank_account_id drop not null,
  add column refund_id uuid unique references sk.refunds,
  add constraint payouts_to_one check ((bank_account_id is null) <> (refund_id is null));
drop index sk.payouts_one_at_a_time;
create unique index payouts_one_at_a_time on sk.payouts (campaign_id)
  where status in ('requested', 'approved', 'submitted') and refund_id is null;

-- Where a donor has their money back. Apart from the payout, which stays, so that it can be forgotten once that has ended.
create table sk.payback_accounts (
  refund_id uuid primary key references sk.refunds,
  bank text not null check (length(bank) between 2 and 30),
  number text not null check (number ~ '^[0-9]{6,20}$'),
  holder text not null check (length(holder) between 1 and 100)
);
alter table sk.payback_accounts enable row level security;
alter table sk.payback_accounts force row level security;
create policy by_system on sk.payback_accounts using (sk.is_system()) with check (sk.is_system());
grant select, insert, delete on sk.payback_accounts to sk_app;

-- What finance did about a notice that could not be booked. The notice stays as it came.
create table sk.handled_notices (
  notice_id bigint primary key references sk.notices,
  note text not null check (length(note) between 1 and 500),
  handled_by uuid not null references sk.users,
  handled_at timestamptz not null
);
grant select, insert on sk.handled_notices to sk_app;
create view sk.notices_for_a_person with (security_invoker = true) as
select * from sk.notices n
where n.outcome in ('quarantined', 'failed') and not exists (select from sk.handled_notices h where h.notice_id = n.id);
grant select on sk.notices_for_a_person to sk_app;

reset role;
