update sk.refunds r set status = 'done', ended_at = d.at, failure = null
from unnest($1::uuid[], $2::timestamptz[]) as d(id, at)
where r.id = d.id
