-- Up Migration
set role sk_owner;

create table sk.campaign_updates (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  -- Given under the campaign's lock: the order of the feed, which ids and times are not.
  number int not null check (number > 0),
  author_id uuid not null references sk.users,
  title text not null check (length(title) between 1 and 80),
  body text not null check (length(body) <= 5000),
  body_html text not null,
  posted_at timestamptz not null,
  hidden_at timestamptz,
  hidden_by uuid references sk.users,
  -- How far its mails are: every reader up to this address has theirs in the outbox.
  mailed_through text not null default '',
  mailed_at timestamptz,
  unique (campaign_id, number),
  check ((hidden_at is null) = (hidden_by is null))
);
create index updates_to_mail on sk.campaign_updates (posted_at, id) where mailed_at is null and hidden_at is null;

-- Sent before the update that shows them; without one after a day they are purged with their picture.
create table sk.update_pictures (
  picture_id uuid primary key references sk.pictures on delete cascade,
  campaign_id uuid not null references sk.campaigns,
  update_id uuid references sk.campaign_updates,
  nth int check (nth between 1 and 4),
  unique (update_id, nth),
  check ((update_id is null) = (nth is null))
);
create index update_pictures_waiting on sk.update_pictures (campaign_id) where update_id is null;

create table sk.followers (
  campaign_id uuid not null references sk.campaigns,
  user_id uuid not null references sk.users,
  email_normalised text not null,
  locale text not null check (locale in ('id', 'en')),
  followed_at timestamptz not null,
  primary key (campaign_id, user_id)
);
create index followers_by_email on sk.followers (campaign_id, email_normalised);

-- Donors who ticked the box. It counts once the gift is paid, which is asked when mails are sent: no gift waits for it.
create table sk.update_wishes (
  donation_id uuid primary key references sk.donations,
  campaign_id uuid not null references sk.campaigns,
  email_normalised text not null
);
create index wishes_by_email on sk.update_wishes (campaign_id, email_normalised);

-- One mailbox, under a number that may stand in links and keys where an address must not.
create table sk.readers (
  id uuid primary key default gen_random_uuid(),
  email_normalised text not null unique
);
-- Without a campaign: all of them.
create table sk.unsubscribes (
  reader_id uuid not null references sk.readers,
  campaign_id uuid references sk.campaigns,
  at timestamptz not null,
  unique nulls not distinct (reader_id, campaign_id)
);

alter table sk.followers enable row level security;
alter table sk.followers force row level security;
create policy own_row on sk.followers using (user_id = sk.uid() or sk.is_system())
  with check (user_id = sk.uid() or sk.is_system());
alter table sk.update_wishes enable row level security;
alter table sk.update_wishes force row level security;
create policy by_system on sk.update_wishes using (sk.is_system()) with check (sk.is_system());
alter table sk.readers enable row level security;
alter table sk.readers force row level security;
create policy by_system on sk.readers using (sk.is_system()) with check (sk.is_system());
alter table sk.unsubscribes enable row level security;
alter table sk.unsubscribes force row level security;
create policy by_system on sk.unsubscribes using (sk.is_system()) with check (sk.is_system());

grant select, insert on sk.campaign_updates to sk_app;
grant update (hidden_at, hidden_by, mailed_through, mailed_at) on sk.campaign_updates to sk_app;
grant select, insert on sk.update_pictures to sk_app;
grant update (update_id, nth) on sk.update_pictures to sk_app;
grant select, insert, update, delete on sk.followers to sk_app;
grant select, insert on sk.update_wishes, sk.readers to sk_app;
grant update (email_normalised) on sk.readers to sk_app;
grant select, insert, update, delete on sk.unsubscribes to sk_app;

reset role;
