-- A campaign's total is what the books say of its gifts: what came, less what went back, whoever bore it. The tips beside
-- it are what was booked as tips.
select t.campaign_id, t.raised_minor, coalesce(b.raised, 0) as booked, t.tips_minor, coalesce(b.tips, 0) as tips_booked
from sk.campaign_totals t
left join (
  select coalesce(a.campaign_id, pay.campaign_id) as campaign_id,
    sum(case when a.code <> 'tip_income' then case p.side when 'C' then p.amount_minor else -p.amount_minor end end) as raised,
    sum(case when a.code = 'tip_income' then case p.side when 'C' then p.amount_minor else -p.amount_minor end end) as tips
  from sk.postings p
  join sk.journals j on j.id = p.journal_id
  join sk.accounts a on a.id = p.account_id
  left join sk.payments pay on pay.id = p.payment_id
  where j.kind in ('capture', 'offline', 'refund', 'chargeback', 'reversal', 'chargeback_won', 'refund_returned')
    and (a.code in ('tip_income', 'refund_cover') or a.code like 'campaign\_payable:%' or a.code like 'campaign\_receivable:%')
    and coalesce(a.campaign_id, pay.campaign_id) in (select sk.campaigns_touched(${since}))
  group by 1
) b on b.campaign_id = t.campaign_id
where t.campaign_id in (select sk.campaigns_touched(${since})) and (t.raised_minor <> coalesce(b.raised, 0) or t.tips_minor <> coalesce(b.tips, 0))
