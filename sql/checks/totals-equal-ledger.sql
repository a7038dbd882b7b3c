-- A campaign's total is what the books owe it for gifts, and the tips beside it are what was booked as tips.
select t.campaign_id, t.raised_minor, coalesce(b.raised, 0) as booked, t.tips_minor, coalesce(b.tips, 0) as tips_booked
from sk.campaign_totals t
left join (
  select pay.campaign_id,
    sum(case when a.code like 'campaign_payable:%' then case p.side when 'C' then p.amount_minor else -p.amount_minor end end) as raised,
    sum(case when a.code = 'tip_income' then case p.side when 'C' then p.amount_minor else -p.amount_minor end end) as tips
  from sk.postings p
  join sk.accounts a on a.id = p.account_id
  join sk.payments pay on pay.id = p.payment_id
  group by pay.campaign_id
) b on b.campaign_id = t.campaign_id
where t.raised_minor <> coalesce(b.raised, 0) or t.tips_minor <> coalesce(b.tips, 0)
