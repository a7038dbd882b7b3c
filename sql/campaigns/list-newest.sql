-- Pages by key, never by offset: what is published meanwhile moves nothing on later pages.
select card.*, (extract(epoch from published_at) * 1000000)::bigint as key
from sk.campaign_cards card
where status = 'live' and ends_at > ${now}
  and (${category}::text is null or category = ${category})
  and (${q}::text is null or id in (select id from sk.campaigns where search @@ sk.search_query(${q})))
  and (${key}::bigint is null or (published_at, id) < (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by published_at desc, id desc
limit ${limit}
