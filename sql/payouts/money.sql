-- One statement and so one snapshot, without a lock: for reading alone.
select t.raised_minor, m.refunded_minor, m.clawed_back_minor, m.settled_minor, m.fees_minor, m.paid_out_minor, m.refunding_minor,
  b.payable_minor, b.receivable_minor, b.pending_minor
from sk.campaign_totals t
join sk.campaign_money m on m.campaign_id = t.campaign_id
cross join lateral (
  select coalesce(max(b.balance_minor) filter (where a.code like 'campaign_payable:%'), 0) as payable_minor,
    coalesce(max(b.balance_minor) filter (where a.code like 'campaign_receivable:%'), 0) as receivable_minor,
    coalesce(max(b.balance_minor) filter (where a.code like 'payout_pending:%'), 0) as pending_minor
  from sk.accounts a join sk.balances b on b.account_id = a.id
  where a.campaign_id = t.campaign_id
) b
where t.campaign_id = ${campaignId}
