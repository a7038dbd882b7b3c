-- The soonest first.
select card.*, (extract(epoch from ends_at) * 1000000)::bigint as key
from sk.campaign_cards card
where status = 'live' and ends_at > ${now}
  and (${category}::text is null or category = ${category})
  and (${q}::text is null or id in (select id from sk.campaigns where search @@ sk.search_query(${q})))
  and (${key}::bigint is null or (ends_at, id) > (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by ends_at asc, id asc
limit ${limit}
