-- Pages by key, never by offset: what is published meanwhile moves nothing on later pages.
select card.*, (extract(epoch from published_at) * 1000000)::bigint as key
from sk.campaign_cards card
where status = 'live' and ends_at > ${now}
  and (${category}::text is null or category = ${category})
  and (${pattern}::text is null or title ilike ${pattern} or beneficiary ilike ${pattern})
  and (${key}::bigint is null or (published_at, id) < (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by published_at desc, id desc
limit ${limit}
