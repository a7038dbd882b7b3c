-- Sums move while somebody pages: a campaign that a gift lifts past the cursor is not seen on the later pages.
select card.*, raised_minor as key
from sk.campaign_cards card
where status = 'live' and ends_at > ${now}
  and (${category}::text is null or category = ${category})
  and (${q}::text is null or id in (select id from sk.campaigns where search @@ sk.search_query(${q})))
  and (${key}::bigint is null or (raised_minor, id) < (${key}::bigint, ${id}::uuid))
order by raised_minor desc, id desc
limit ${limit}
