with input as (
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::jsonb[], $5::jsonb[]) as i(feed, seq, type, data, totals)
), clock as materialized (
  select clock_timestamp() as at
), moved as (
  update sk.feeds f set head = m.head
  from (select feed, max(seq) as head from input group by feed) m
  where f.name = m.feed
), said as (
  insert into sk.feed_events (feed, seq, type, at, data, totals)
  select feed, seq, type, clock.at, data, totals from input, clock
)
select at from clock
