-- A feed's events are numbered 1 to head without a gap.
select f.name, f.head, count(e.seq) as events, min(e.seq) as first, max(e.seq) as last
from sk.feeds f left join sk.feed_events e on e.feed = f.name
group by f.name, f.head
having f.head <> count(e.seq) or coalesce(max(e.seq), 0) <> f.head or coalesce(min(e.seq), 1) <> 1
