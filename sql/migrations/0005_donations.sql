-- Up Migration
set role sk_owner;

create table sk.donations (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  status text not null default 'pending' check (status in ('pending', 'paid', 'expired', 'failed', 'cancelled',
    'partially_refunded', 'refunded', 'reversed', 'charged_back')),
  gift_minor bigint not null check (gift_minor > 0),
  tip_minor bigint not null default 0 check (tip_minor >= 0),
  currency text not null default 'IDR' check (currency = 'IDR'),
  -- What the public may read beside the gift; null where the donor stays anonymous.
  public_name text,
  user_id uuid references sk.users,
  created_at timestamptz not null default now(),
  paid_at timestamptz,
  hidden_at timestamptz
) with (fillfactor = 80);
create index donations_wall on sk.donations (campaign_id, paid_at desc, id desc) where paid_at is not null;
create index donations_of_user on sk.donations (user_id, id desc) where user_id is not null;

-- Who gave, for the donor and for receipts. Never joined into anything public.
create table sk.donor_identities (
  donation_id uuid primary key references sk.donations,
  user_id uuid references sk.users,
  name text check (length(name) <= 80),
  email text check (length(email) <= 254),
  email_normalised text,
  anonymous boolean not null default false
);

create table sk.donation_messages (
  donation_id uuid primary key references sk.donations,
  campaign_id uuid not null references sk.campaigns,
  user_id uuid references sk.users,
  body text not null check (length(body) between 1 and 280),
  status text not null check (status in ('shown', 'held', 'rejected')),
  reasons text[] not null default '{}',
  decided_by uuid references sk.users,
  decided_at timestamptz,
  created_at timestamptz not null default now()
);
create index messages_held on sk.donation_messages (created_at, donation_id) where status = 'held';

create table sk.payments (
  id uuid primary key,
  donation_id uuid not null references sk.donations,
  campaign_id uuid not null references sk.campaigns,
  gateway text not null,
  method text not null,
  -- Our order number at the gateway. iPay88 allows 30 characters, the narrowest of all.
  reference text not null check (reference ~ '^[A-Z0-9]{10,30}$'),
  status text not null default 'created' check (status in ('created', 'pending', 'authorized', 'paid', 'failed',
    'expired', 'cancelled')),
  gift_minor bigint not null check (gift_minor > 0),
  tip_minor bigint not null default 0 check (tip_minor >= 0),
  amount_minor bigint not null generated always as (gift_minor + tip_minor) stored,
  currency text not null default 'IDR' check (currency = 'IDR'),
  gateway_transaction_id text,
  redirect_url text,
  expires_at timestamptz,
  -- Paid after the gateway or we had given it up; such money is real and is booked.
  late boolean not null default false,
  created_at timestamptz not null default now(),
  paid_at timestamptz,
  -- When the gateway was last asked about this attempt, so that asking is spread out.
  asked_at timestamptz,
  unique (gateway, reference)
) with (fillfactor = 80);
create index payments_of_donation on sk.payments (donation_id, created_at desc);
create index payments_open on sk.payments (expires_at) where status in ('created', 'pending', 'authorized');

-- What `judge` saw when an attempt was made, kept before any gateway is called.
create table sk.attempt_evidence (
  payment_id uuid primary key references sk.payments,
  address inet not null,
  network cidr not null,
  device text,
  email_normalised text,
  form_elapsed_ms int,
  decision text not null check (decision in ('allow', 'challenge', 'review', 'block')),
  reasons text[] not null default '{}',
  at timestamptz not null default now()
);
create index evidence_of_network on sk.attempt_evidence (network, at desc);
create index evidence_of_email on sk.attempt_evidence (email_normalised, at desc) where email_normalised is not null;

-- Every notice a gateway sent, as it came. The key makes a second delivery a no-op.
create table sk.notices (
  id bigint generated always as identity primary key,
  gateway text not null,
  dedupe_key text not null,
  reference text,
  kind text not null,
  outcome text not null check (outcome in ('booked', 'noted', 'ignored', 'quarantined', 'failed')),
  detail text,
  raw_body bytea not null check (length(raw_body) <= 262144),
  received_at timestamptz not null default now(),
  unique (gateway, dedupe_key)
);
create index notices_noted on sk.notices (gateway, reference) where outcome = 'noted';
create index notices_to_look_at on sk.notices (received_at) where outcome in ('quarantined', 'failed');

create table sk.idempotency_keys (
  -- 'user:<id>' or 'guest:<network>': a key of one caller never answers another.
  principal text not null,
  route text not null,
  key text not null,
  body_hash bytea not null check (length(body_hash) = 32),
  -- Chosen when the claim is made, so that a retry after a crash resumes the same thing.
  resource_id uuid not null,
  lease_until timestamptz not null,
  status int,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (principal, route, key)
);
create index idempotency_by_age on sk.idempotency_keys (created_at);

alter table sk.donor_identities enable row level security;
alter table sk.donor_identities force row level security;
create policy own_row on sk.donor_identities using (user_id = sk.uid() or sk.is_system())
  with check (sk.is_system());
alter table sk.donation_messages enable row level security;
alter table sk.donation_messages force row level security;
create policy shown_to_all on sk.donation_messages for select
  using (status = 'shown' or user_id = sk.uid() or sk.is_system());
create policy written_by_system on sk.donation_messages for all using (sk.is_system()) with check (sk.is_system());

-- A donation as its donor sees it: the attempt that matters is the paid one, else the latest. Identity and message
-- appear only to whom row-level security shows them.
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

grant select, insert, update on sk.donations, sk.payments, sk.donor_identities, sk.donation_messages to sk_app;
grant select, insert on sk.attempt_evidence, sk.notices to sk_app;
grant update (outcome, detail) on sk.notices to sk_app;
grant select, insert, update, delete on sk.idempotency_keys to sk_app;

reset role;
