-- Titles that look like what was typed, for whoever mistyped; where none does, the newest.
select card.*, 0::bigint as key
from sk.campaign_cards card
where status = 'live' and ends_at > ${now}
order by (
  case when sk.word_similarity(sk.folded(${q}), sk.folded(title)) >= 0.3
  then sk.word_similarity(sk.folded(${q}), sk.folded(title)) else 0 end
) desc, published_at desc, id desc
limit ${limit}
