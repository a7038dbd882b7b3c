-- A feed's events are numbered without a gap, from 1 or from where the look begins, to the feed's head.
select f.name, f.head, e.events, e.first, e.last
from sk.feeds f
left join (
  select feed, count(*) as events, min(seq) as first, max(seq) as last from sk.feed_events where at >= ${since} group by feed
) e on e.feed = f.name
where case
  when e.feed is not null then f.head <> e.last or e.events <> e.last - e.first + 1
    or ${since}::timestamptz = '-infinity' and e.first <> 1
  else ${since}::timestamptz = '-infinity' and f.head <> 0
end
