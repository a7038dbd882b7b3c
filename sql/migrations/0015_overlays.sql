-- Up Migration
set role sk_owner;

-- The page that a streamer lays over a broadcast. Whoever has its link may read it, so the link is kept as a hash.
create table sk.overlays (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  secret_hash bytea not null unique check (length(secret_hash) = 32),
  settings jsonb not null,
  created_by uuid not null references sk.users,
  created_at timestamptz not null,
  revoked_at timestamptz
);
-- A link that was renewed is worth nothing, whatever the code above forgets.
create unique index overlays_one_open on sk.overlays (campaign_id) where revoked_at is null;

-- The largest gifts that count and are shown, of one campaign: what the overlay and others list costs as many rows as it shows.
create index donations_largest on sk.donations (campaign_id, (gift_minor - returned_minor) desc, paid_at, id)
  where paid_at is not null and hidden_at is null and status in ('paid', 'partially_refunded');

alter table sk.overlays enable row level security;
alter table sk.overlays force row level security;
create policy by_system on sk.overlays using (sk.is_system()) with check (sk.is_system());

grant select, insert on sk.overlays to sk_app;
grant update (settings, revoked_at) on sk.overlays to sk_app;

reset role;
