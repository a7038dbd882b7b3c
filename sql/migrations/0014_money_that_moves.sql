-- Money after it was given: back to its donor, taken back by a bank, settled by the gateway, held, paid out.
-- Up Migration
set role sk_owner;

-- What is known of an attempt's money beside its amount. All of it changes under the attempt's lock.
alter table sk.payments
  add column returned_gift_minor bigint not null default 0,
  add column returned_tip_minor bigint not null default 0,
  -- Fee and VAT that the gateway kept, once a settlement tells; null until then.
  add column fee_minor bigint check (fee_minor >= 0),
  -- Of the fee, what the platform bore because the gift it was for went back.
  add column covered_minor bigint not null default 0,
  add column settlement_id uuid,
  add column reversed_at timestamptz,
  add constraint returned_at_most check (returned_gift_minor between 0 and gift_minor and returned_tip_minor between 0 and tip_minor),
  add constraint covered_at_most check (covered_minor between 0 and coalesce(fee_minor, 0));
alter table sk.donations add column returned_minor bigint not null default 0 check (returned_minor between 0 and gift_minor);

-- A campaign's money beside its public total, apart from it because gifts do not touch it. All of gifts, without tips.
create table sk.campaign_money (
  campaign_id uuid primary key references sk.campaigns,
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  -- Taken back by banks (chargebacks not won back) and by gateways (paid, then denied).
  clawed_back_minor bigint not null default 0 check (clawed_back_minor >= 0),
  -- Gifts that the gateway has settled, less what of them went back.
  settled_minor bigint not null default 0 check (settled_minor >= 0),
  fees_minor bigint not null default 0 check (fees_minor >= 0),
  paid_out_minor bigint not null default 0 check (paid_out_minor >= 0),
  -- Asked back by us and not yet confirmed: spoken for.
  refunding_minor bigint not null default 0 check (refunding_minor >= 0)
) with (fillfactor = 50);
insert into sk.campaign_money (campaign_id) select id from sk.campaigns;

create table sk.refunds (
  id uuid primary key,
  payment_id uuid not null references sk.payments,
  donation_id uuid not null references sk.donations,
  campaign_id uuid not null references sk.campaigns,
  -- Ours as it is sent to the gateway, or the gateway's own for what was given back there.
  key text not null check (length(key) between 1 and 100),
  made_at text not null check (made_at in ('platform', 'gateway', 'transfer')),
  gift_minor bigint not null check (gift_minor >= 0),
  tip_minor bigint not null default 0 check (tip_minor >= 0),
  reason text not null default '' check (length(reason) <= 255),
  status text not null check (status in ('requested', 'done', 'failed')),
  requested_by uuid references sk.users,
  requested_at timestamptz not null,
  -- When the gateway was last told or asked.
  asked_at timestamptz,
  ended_at timestamptz,
  failure text,
  unique (payment_id, key),
  check (gift_minor + tip_minor > 0),
  check ((status = 'requested') = (ended_at is null))
);
create index refunds_open on sk.refunds (requested_at) where status = 'requested';
create index refunds_of_donation on sk.refunds (donation_id);
create index refunds_of_campaign on sk.refunds (campaign_id, ended_at desc, id desc) where status = 'done';

-- What a bank took back (chargeback), or what was called paid and was not (reversal).
create table sk.disputes (
  id uuid primary key,
  payment_id uuid not null references sk.payments,
  donation_id uuid not null references sk.donations,
  campaign_id uuid not null references sk.campaigns,
  kind text not null check (kind in ('chargeback', 'reversal')),
  gift_minor bigint not null check (gift_minor >= 0),
  tip_minor bigint not null check (tip_minor >= 0),
  status text not null default 'lost' check (status in ('lost', 'won')),
  at timestamptz not null,
  won_at timestamptz,
  won_by uuid references sk.users,
  note text not null default '' check (length(note) <= 500),
  check (gift_minor + tip_minor > 0),
  check ((status = 'won') = (won_at is not null)),
  check (status = 'lost' or kind = 'chargeback')
);
create index disputes_of_payment on sk.disputes (payment_id);
create index disputes_of_campaign on sk.disputes (campaign_id, at desc, id desc);

-- Where a campaign's money goes. The holder is what the bank says, not what was typed.
create table sk.bank_accounts (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  bank text not null check (length(bank) between 2 and 30),
  number text not null check (number ~ '^[0-9]{6,20}$'),
  holder text not null check (length(holder) between 1 and 100),
  added_by uuid not null references sk.users,
  added_at timestamptz not null,
  -- After a change nothing is paid out for some days, so that whoever stole a password is noticed first.
  usable_from timestamptz not null,
  retired_at timestamptz
);
create unique index bank_accounts_once on sk.bank_accounts (campaign_id, bank, number) where retired_at is null;
create index bank_accounts_of_campaign on sk.bank_accounts (campaign_id, added_at);

create table sk.payouts (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  bank_account_id uuid not null references sk.bank_accounts,
  amount_minor bigint not null check (amount_minor > 0),
  status text not null default 'requested' check (status in ('requested', 'rejected', 'approved', 'submitted', 'confirmed', 'failed', 'reversed')),
  -- Ours at the gateway; made with the payout, so that no retry ever has another one.
  key text not null unique check (key ~ '^[A-Z0-9]{10,30}$'),
  gateway text,
  gateway_reference text,
  requested_by uuid not null references sk.users,
  requested_at timestamptz not null,
  decided_by uuid references sk.users,
  decided_at timestamptz,
  note text not null default '' check (length(note) <= 500),
  asked_at timestamptz,
  ended_at timestamptz,
  failure text check (length(failure) <= 500),
  -- Two people, whatever the code above forgets.
  constraint two_people check (decided_by is null or decided_by <> requested_by),
  check (status = 'requested' or decided_by is not null),
  unique (gateway, gateway_reference)
);
create index payouts_of_campaign on sk.payouts (campaign_id, requested_at desc, id desc);
create index payouts_newest on sk.payouts (requested_at desc, id desc);
-- One after the other: how the money of the last one was used is said before the next one is asked for.
create unique index payouts_one_at_a_time on sk.payouts (campaign_id) where status in ('requested', 'approved', 'submitted');

create table sk.holds (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  -- Null: everything.
  amount_minor bigint check (amount_minor > 0),
  reason text not null check (length(reason) between 1 and 500),
  placed_by uuid not null references sk.users,
  placed_at timestamptz not null,
  until timestamptz,
  released_by uuid references sk.users,
  released_at timestamptz,
  check ((released_at is null) = (released_by is null))
);
create index holds_of_campaign on sk.holds (campaign_id, placed_at desc);

-- What a gateway says it owes us for some payments, entered by finance with what it kept.
create table sk.settlements (
  id uuid primary key,
  gateway text not null,
  bank_reference text not null check (length(bank_reference) between 1 and 100),
  settled_on date not null,
  gross_minor bigint not null,
  fee_minor bigint not null check (fee_minor >= 0),
  vat_minor bigint not null check (vat_minor >= 0),
  payments int not null check (payments > 0),
  entered_by uuid not null references sk.users,
  entered_at timestamptz not null,
  -- When it came from the gateway's balance to our bank.
  arrived_on date,
  arrival_reference text check (length(arrival_reference) between 1 and 100),
  arrived_by uuid references sk.users,
  -- A settlement that was entered wrongly is taken back by reversing journals, by a second person.
  corrected_at timestamptz,
  corrected_by uuid references sk.users,
  correction_reason text check (length(correction_reason) between 1 and 500),
  check ((arrived_on is null) = (arrived_by is null)),
  check ((corrected_at is null) = (corrected_by is null)),
  constraint two_people check (corrected_by is null or corrected_by <> entered_by)
);
create unique index settlements_once on sk.settlements (gateway, bank_reference) where corrected_at is null;
-- A campaign's part of a settlement, for its public statement.
create table sk.settlement_shares (
  settlement_id uuid not null references sk.settlements,
  campaign_id uuid not null references sk.campaigns,
  gift_minor bigint not null,
  fee_minor bigint not null,
  platform_fee_minor bigint not null default 0,
  primary key (settlement_id, campaign_id)
);
create index shares_of_campaign on sk.settlement_shares (campaign_id, settlement_id);
create index payments_of_settlement on sk.payments (settlement_id) where settlement_id is not null;
-- What a gateway may still owe, in the order in which it was paid.
create index payments_unsettled on sk.payments (gateway, paid_at, id)
  where status = 'paid' and (settlement_id is null or returned_gift_minor > 0 or returned_tip_minor > 0);

-- A gift that came past every gateway. It counts once a second person has seen the proof.
create table sk.offline_gifts (
  donation_id uuid primary key references sk.donations,
  campaign_id uuid not null references sk.campaigns,
  way text not null check (way in ('bank_transfer', 'cash')),
  received_on date not null,
  proof text not null check (length(proof) between 1 and 200),
  status text not null default 'entered' check (status in ('entered', 'approved', 'rejected')),
  entered_by uuid not null references sk.users,
  entered_at timestamptz not null,
  decided_by uuid references sk.users,
  decided_at timestamptz,
  note text not null default '' check (length(note) <= 500),
  constraint two_people check (decided_by is null or decided_by <> entered_by),
  check ((status = 'entered') = (decided_by is null))
);
create index offline_gifts_waiting on sk.offline_gifts (entered_at) where status = 'entered';
alter table sk.offline_gifts enable row level security;
alter table sk.offline_gifts force row level security;
create policy by_system on sk.offline_gifts using (sk.is_system()) with check (sk.is_system());

-- How the money of the payout before it was used, said before the next one is asked for.
alter table sk.campaign_updates add column proof_of_use boolean not null default false;

alter table sk.bank_accounts enable row level security;
alter table sk.bank_accounts force row level security;
create policy by_system on sk.bank_accounts using (sk.is_system()) with check (sk.is_system());

-- As before (0005), with what of the gift went back.
drop view sk.donation_views;
create view sk.donation_views with (security_invoker = true) as
select d.*, c.slug as campaign_slug, c.title as campaign_title,
  i.name as donor_name, i.email_normalised, coalesce(i.anonymous, d.public_name is null) as anonymous,
  m.body as message, m.status as message_status, p.payment
from sk.donations d
join sk.campaigns c on c.id = d.campaign_id
left join sk.donor_identities i on i.donation_id = d.id
left join sk.donation_messages m on m.donation_id = d.id
left join lateral (
  select jsonb_build_object('id', p.id, 'gateway', p.gateway, 'method', p.method, 'status', p.status,
    'amount_minor', p.amount_minor, 'redirect_url', p.redirect_url, 'expires_at', p.expires_at) as payment
  from sk.payments p
  where p.donation_id = d.id
  order by (p.status = 'paid') desc, p.created_at desc, p.id desc
  limit 1
) p on true;
grant select on sk.donation_views to sk_app;

-- For checks of the books that look at what changed: ids of journals begin with their time (UUIDv7), and what is only
-- ever added to is found by its time through a few pages of summaries.
create function sk.journals_from(since timestamptz) returns uuid language sql immutable parallel safe as $$
  select case when since = '-infinity' then '00000000-0000-0000-0000-000000000000'::uuid
    else (lpad(to_hex((extract(epoch from since) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid end
$$;
create function sk.payments_touched(since timestamptz) returns setof uuid language sql stable parallel safe as $$
  select payment_id from sk.postings where journal_id >= sk.journals_from(since) and payment_id is not null
$$;
create function sk.campaigns_touched(since timestamptz) returns setof uuid language sql stable parallel safe as $$
  select distinct coalesce(a.campaign_id, pay.campaign_id)
  from sk.postings p join sk.accounts a on a.id = p.account_id left join sk.payments pay on pay.id = p.payment_id
  where p.journal_id >= sk.journals_from(since) and coalesce(a.campaign_id, pay.campaign_id) is not null
$$;
grant execute on function sk.journals_from(timestamptz), sk.payments_touched(timestamptz), sk.campaigns_touched(timestamptz) to sk_app;
create index notices_by_time on sk.notices using brin (received_at) with (pages_per_range = 32);
create index feed_events_by_time on sk.feed_events using brin (at) with (pages_per_range = 32);

grant select, insert, update on sk.campaign_money to sk_app;
grant select, insert on sk.refunds, sk.disputes, sk.bank_accounts, sk.payouts, sk.holds, sk.settlements, sk.settlement_shares,
  sk.offline_gifts to sk_app;
grant update (status, asked_at, ended_at, failure) on sk.refunds to sk_app;
grant update (status, won_at, won_by, note) on sk.disputes to sk_app;
grant update (retired_at) on sk.bank_accounts to sk_app;
grant update (status, gateway, gateway_reference, decided_by, decided_at, note, asked_at, ended_at, failure) on sk.payouts to sk_app;
grant update (released_by, released_at) on sk.holds to sk_app;
grant update (arrived_on, arrival_reference, arrived_by, corrected_at, corrected_by, correction_reason) on sk.settlements to sk_app;
grant update (status, decided_by, decided_at, note) on sk.offline_gifts to sk_app;

reset role;
