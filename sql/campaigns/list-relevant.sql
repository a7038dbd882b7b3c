-- The best match first; of equals the newer one. The rank is a whole number so that a page can begin behind it. D, C,
-- B, A: what a word in the story, nowhere, in the beneficiary and in the title counts.
select card.*, found.key
from sk.campaign_cards card
join (
  select c.id, (ts_rank_cd('{0.1, 0.1, 0.5, 1.0}', c.search, asked.query, 1) * 1000000)::bigint as key
  from sk.campaigns c, (select sk.search_query(${q}) as query) as asked
  where c.search @@ asked.query
) found on found.id = card.id
where status = 'live' and ends_at > ${now}
  and (${category}::text is null or category = ${category})
  and (${key}::bigint is null or (found.key, card.id) < (${key}::bigint, ${id}::uuid))
order by found.key desc, card.id desc
limit ${limit}
