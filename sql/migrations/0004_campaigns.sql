-- Up Migration
set role sk_owner;

create table sk.pictures (
  id uuid primary key,
  mime text not null check (mime = 'image/webp'),
  width int not null check (width between 1 and 4000),
  height int not null check (height between 1 and 4000),
  bytes bytea not null check (length(bytes) <= 5 * 1024 * 1024),
  created_at timestamptz not null default now()
);
-- WebP is compressed already: trying again costs time on every write and saves nothing.
alter table sk.pictures alter column bytes set storage external;

create table sk.campaigns (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
  title text not null,
  story text not null,
  -- The story as sanitised HTML, rendered when it is written: reading it costs nothing.
  story_html text not null default '',
  category text not null,
  goal_minor bigint not null check (goal_minor > 0),
  currency text not null default 'IDR' check (currency = 'IDR'),
  ends_on date not null,
  timezone text not null check (timezone in ('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura')),
  -- First instant after the last day in the campaign's own zone: the whole day still counts.
  ends_at timestamptz not null generated always as ((ends_on + 1)::timestamp at time zone timezone) stored,
  beneficiary text not null,
  permit_number text,
  picture_id uuid references sk.pictures,
  status text not null default 'draft' check (status in ('draft', 'in_review', 'live', 'paused', 'rejected', 'ended')),
  -- Only a moderator lifts what a moderator paused.
  paused_by text check (paused_by in ('team', 'moderator')),
  -- A copy: a user's own row is hidden from everybody else.
  owner_name text not null,
  created_at timestamptz not null default now(),
  submitted_at timestamptz,
  published_at timestamptz,
  check ((status = 'paused') = (paused_by is not null)),
  check (status in ('draft', 'in_review', 'rejected') or published_at is not null)
);
create index campaigns_newest on sk.campaigns (published_at desc, id desc) where status = 'live';
create index campaigns_ending on sk.campaigns (ends_at, id) where status in ('live', 'paused');
create index campaigns_of_picture on sk.campaigns (picture_id) where picture_id is not null;
create index campaigns_in_review on sk.campaigns (submitted_at, id) where status = 'in_review';

-- Apart from the campaign, because every gift writes here: free space keeps the row's versions on its page.
create table sk.campaign_totals (
  campaign_id uuid primary key references sk.campaigns,
  raised_minor bigint not null default 0 check (raised_minor >= 0),
  tips_minor bigint not null default 0 check (tips_minor >= 0),
  donor_count int not null default 0 check (donor_count >= 0)
) with (fillfactor = 10);

create table sk.campaign_members (
  campaign_id uuid not null references sk.campaigns,
  user_id uuid not null references sk.users,
  role text not null check (role in ('owner', 'editor', 'viewer')),
  added_at timestamptz not null default now(),
  primary key (campaign_id, user_id)
);
create index campaigns_of_member on sk.campaign_members (user_id);

create table sk.campaign_reviews (
  id uuid primary key,
  campaign_id uuid not null references sk.campaigns,
  moderator_id uuid not null references sk.users,
  decision text not null check (decision in ('approve', 'reject')),
  note text not null default '',
  at timestamptz not null default now()
);
create index reviews_of_campaign on sk.campaign_reviews (campaign_id, at desc);

-- A campaign as lists show it.
create view sk.campaign_cards with (security_invoker = true) as
select c.id, c.slug, c.title, c.category, c.status, c.goal_minor, t.raised_minor, t.donor_count, c.ends_on, c.ends_at,
  c.timezone, c.beneficiary, p.id as picture_id, p.width as picture_width, p.height as picture_height,
  c.created_at, c.submitted_at, c.published_at
from sk.campaigns c
join sk.campaign_totals t on t.campaign_id = c.id
left join sk.pictures p on p.id = c.picture_id;

grant select on sk.campaign_cards to sk_app;
grant select, insert, delete on sk.pictures to sk_app;
grant select, insert, update on sk.campaigns, sk.campaign_totals to sk_app;
grant select, insert, update, delete on sk.campaign_members to sk_app;
grant select, insert on sk.campaign_reviews to sk_app;

reset role;
