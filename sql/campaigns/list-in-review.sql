-- Who has waited longest comes first.
select card.*, (extract(epoch from submitted_at) * 1000000)::bigint as key
from sk.campaign_cards card
where status = 'in_review'
  and (${category}::text is null or category = ${category})
  and (${pattern}::text is null or title ilike ${pattern} or beneficiary ilike ${pattern})
  and (${key}::bigint is null or (submitted_at, id) > (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by submitted_at asc, id asc
limit ${limit}
