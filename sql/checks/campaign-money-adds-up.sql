-- What a campaign has, less what it owes, is what was given and still counts, less fees, payouts and what waits to be paid
-- out.
select t.campaign_id, b.payable, b.receivable, b.pending, t.raised_minor, m.fees_minor, m.paid_out_minor
from sk.campaign_totals t
join sk.campaign_money m on m.campaign_id = t.campaign_id
cross join lateral (
  select coalesce(sum(b.balance_minor) filter (where a.code like 'campaign\_payable:%'), 0) as payable,
    coalesce(sum(b.balance_minor) filter (where a.code like 'campaign\_receivable:%'), 0) as receivable,
    coalesce(sum(b.balance_minor) filter (where a.code like 'payout\_pending:%'), 0) as pending
  from sk.accounts a join sk.balances b on b.account_id = a.id where a.campaign_id = t.campaign_id
) b
where t.campaign_id in (select sk.campaigns_touched(${since}))
  and b.payable - b.receivable <> t.raised_minor - m.fees_minor - m.paid_out_minor - b.pending
