-- Read backwards along the primary key and cut by number before time: there is no index on time.
select e.at, e.data
from (
  select seq, at, data from sk.feed_events where feed = 'revocations' order by seq desc limit ${limit}
) e
where e.at > ${since}
order by e.seq
