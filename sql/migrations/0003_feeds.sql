-- Up Migration
set role sk_owner;

-- The number is given under the feed row's lock, so numbers are gapless and in commit order.
create table sk.feeds (
  name text primary key check (length(name) <= 64),
  epoch text not null default translate(gen_random_uuid()::text, '-', ''),
  head bigint not null default 0 check (head >= 0)
) with (fillfactor = 50);

create table sk.feed_events (
  feed text not null references sk.feeds,
  seq bigint not null check (seq > 0),
  type text not null,
  at timestamptz not null default now(),
  data jsonb not null,
  totals jsonb,
  primary key (feed, seq)
);

grant select, insert on sk.feeds to sk_app;
grant update (head) on sk.feeds to sk_app;
grant select, insert on sk.feed_events to sk_app;
-- A body may be redacted (a message taken down, a person erased); number, type, time and totals stay for ever.
grant update (data) on sk.feed_events to sk_app;

insert into sk.feeds (name) values ('moderation'), ('finance'), ('revocations');

reset role;
