-- What a campaign's page says was refunded, taken back, settled and is being refunded is what its rows say.
select m.*, r.refunded, r.refunding, d.clawed_back, s.settled
from sk.campaign_money m
cross join lateral (
  select coalesce(sum(gift_minor) filter (where status = 'done'), 0) as refunded,
    coalesce(sum(gift_minor) filter (where status = 'requested'), 0) as refunding
  from sk.refunds r where r.campaign_id = m.campaign_id
    and not exists (select from sk.journals j where j.client_key = 'suspense:' || r.payment_id)
) r
cross join lateral (
  select coalesce(sum(gift_minor) filter (where status = 'lost'), 0) as clawed_back
  from sk.disputes d where d.campaign_id = m.campaign_id
    and not exists (select from sk.journals j where j.client_key = 'suspense:' || d.payment_id)
) d
cross join lateral (
  select coalesce(sum(p.gift_minor - p.returned_gift_minor), 0) as settled
  from sk.payments p
  where p.campaign_id = m.campaign_id and p.status = 'paid' and (p.settlement_id is not null or p.gateway = 'offline')
    and not exists (select from sk.journals j where j.client_key = 'suspense:' || p.id)
) s
where m.campaign_id in (select sk.campaigns_touched(${since})) and (m.refunded_minor <> r.refunded or m.refunding_minor <> r.refunding or m.clawed_back_minor <> d.clawed_back
  or m.settled_minor <> s.settled)
