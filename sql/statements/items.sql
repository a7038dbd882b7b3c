-- Newest first, behind the item of the key. Of settlements and payouts a campaign has few; refunds and disputes are read
-- in the order of their indexes, no more of each than the page. Nobody's gift is read. Money in suspense was never the
-- campaign's.
with key as (
  select 'epoch'::timestamptz + ${before} * interval '1 microsecond' as at, ${beforeId}::uuid as id, ${beforeKind}::text as kind
), item as (
  select s.id, 'settlement' as kind, s.entered_at as at, sh.gift_minor as amount_minor,
    sh.fee_minor + sh.platform_fee_minor as fees_minor
  from sk.settlement_shares sh join sk.settlements s on s.id = sh.settlement_id
  where sh.campaign_id = ${campaignId} and (sh.gift_minor, sh.fee_minor, sh.platform_fee_minor) <> (0, 0, 0)
  union all
  select s.id, 'settlement_corrected', s.corrected_at, -sh.gift_minor, -(sh.fee_minor + sh.platform_fee_minor)
  from sk.settlement_shares sh join sk.settlements s on s.id = sh.settlement_id
  where sh.campaign_id = ${campaignId} and s.corrected_at is not null
    and (sh.gift_minor, sh.fee_minor, sh.platform_fee_minor) <> (0, 0, 0)
  union all
  (select r.id, 'refund', r.ended_at, -r.gift_minor, null
  from sk.refunds r
  where r.campaign_id = ${campaignId} and r.status = 'done' and r.gift_minor > 0
    and (r.ended_at, r.id) <= (select at, id from key)
    and (r.ended_at, r.id, 'refund') < (select at, id, kind from key)
    and not exists (select from sk.journals j where j.client_key = 'suspense:' || r.payment_id)
  order by r.ended_at desc, r.id desc limit ${limit})
  union all
  (select d.id, d.kind, d.at, -d.gift_minor, null
  from sk.disputes d
  where d.campaign_id = ${campaignId} and d.gift_minor > 0
    and (d.at, d.id) <= (select at, id from key)
    and (d.at, d.id, d.kind) < (select at, id, kind from key)
    and not exists (select from sk.journals j where j.client_key = 'suspense:' || d.payment_id)
  order by d.at desc, d.id desc limit ${limit})
  union all
  select d.id, 'chargeback_won', d.won_at, d.gift_minor, null
  from sk.disputes d
  where d.campaign_id = ${campaignId} and d.status = 'won' and d.gift_minor > 0
    and not exists (select from sk.journals j where j.client_key = 'suspense:' || d.payment_id)
  union all
  select p.id, w.kind, j.effective_at, w.sign * p.amount_minor, null
  from sk.payouts p
  cross join (values ('payout', 'payout_confirmed:', -1), ('payout_reversed', 'payout_reversed:', 1)) w(kind, prefix, sign)
  join sk.journals j on j.client_key = w.prefix || p.id
  where p.campaign_id = ${campaignId} and p.status in ('confirmed', 'reversed')
)
select item.*, (extract(epoch from item.at) * 1000000)::bigint as key
from item
where (item.at, item.id, item.kind) < (select at, id, kind from key)
order by item.at desc, item.id desc, item.kind desc limit ${limit}
