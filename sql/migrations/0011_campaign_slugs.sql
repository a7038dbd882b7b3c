-- Up Migration
set role sk_owner;

-- Every slug that a campaign has or once had. Rows are never taken away: an address that was given to somebody leads
-- to the same campaign for ever, and to no other one.
create table sk.campaign_slugs (
  slug text primary key check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
  campaign_id uuid not null references sk.campaigns,
  since timestamptz not null default now()
);
create index slugs_of_campaign on sk.campaign_slugs (campaign_id);

insert into sk.campaign_slugs (slug, campaign_id, since) select slug, id, created_at from sk.campaigns;

-- What search engines are told of, in the order of the sitemap's pages.
create index campaigns_to_find on sk.campaigns (id) where status in ('live', 'ended');

grant select, insert on sk.campaign_slugs to sk_app;

reset role;
