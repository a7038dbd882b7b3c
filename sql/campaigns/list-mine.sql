-- In any status, the one begun last first.
select card.*, (extract(epoch from created_at) * 1000000)::bigint as key
from sk.campaign_cards card
where id in (select campaign_id from sk.campaign_members where user_id = ${userId})
  and (${category}::text is null or category = ${category})
  and (${pattern}::text is null or title ilike ${pattern} or beneficiary ilike ${pattern})
  and (${key}::bigint is null or (created_at, id) < (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by created_at desc, id desc
limit ${limit}
