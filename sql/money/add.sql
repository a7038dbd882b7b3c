update sk.campaign_money m
set refunded_minor = m.refunded_minor + a.refunded, clawed_back_minor = m.clawed_back_minor + a.clawed_back,
  settled_minor = m.settled_minor + a.settled, refunding_minor = m.refunding_minor + a.refunding,
  fees_minor = m.fees_minor - a.covered
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
  as a(campaign_id, refunded, clawed_back, settled, refunding, covered)
where m.campaign_id = a.campaign_id
