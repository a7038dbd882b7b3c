-- The page changes with every event of its feed, so the last of them dates it.
select c.id, c.slug, coalesce(e.at, c.published_at) as changed_at
from sk.campaigns c
join sk.feeds f on f.name = 'campaign:' || c.id
left join sk.feed_events e on e.feed = f.name and e.seq = f.head
where c.status in ('live', 'ended') and (${from}::uuid is null or c.id >= ${from}::uuid)
order by c.id
limit ${limit}
