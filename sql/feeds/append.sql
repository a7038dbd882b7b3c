-- Feeds are a transaction's last locks, taken in the order of names, so that two batches never wait for each other.
-- Each event is numbered on from its feed's head as it stands once the lock is held. One of a feed that was never opened is
-- refused by the table, and with it the deed.
with said as materialized (
  select * from rows from (jsonb_to_recordset($1::jsonb) as (feed text, type text, data jsonb, totals jsonb))
    with ordinality as s(feed, type, data, totals, nth)
), locked as materialized (
  select name, epoch, head from sk.feeds where name = any($2::text[]) order by name for no key update
), clock as materialized (
  select clock_timestamp() as at from (select count(*) from locked) as once_locked
), written as (
  insert into sk.feed_events (feed, seq, type, at, data, totals)
  select s.feed, coalesce(f.head, 0) + row_number() over (partition by s.feed order by s.nth), s.type, clock.at, s.data, s.totals
  from said s left join locked f on f.name = s.feed cross join clock
), moved as (
  update sk.feeds f set head = f.head + more.n
  from (select feed, count(*) as n from said group by feed) more
  where f.name = more.feed
)
select f.name, f.epoch, f.head, clock.at from locked f, clock
