-- In any status, the one begun last first.
select card.*, (extract(epoch from created_at) * 1000000)::bigint as key
from sk.campaign_cards card
where id in (select campaign_id from sk.campaign_members where user_id = ${userId})
  and (${category}::text is null or category = ${category})
  and (${q}::text is null or id in (select id from sk.campaigns where search @@ sk.search_query(${q})))
  and (${key}::bigint is null or (created_at, id) < (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by created_at desc, id desc
limit ${limit}
