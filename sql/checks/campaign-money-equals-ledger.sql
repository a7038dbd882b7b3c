-- What a campaign has, less what it owes, is what its page says is left of its gifts: all but what the gateway and the
-- platform kept, what was paid out and what is on its way.
select t.campaign_id, has.balance_minor as has, owes.balance_minor as owes, t.raised_minor, m.fees_minor, m.paid_out_minor,
  pending.balance_minor as pending
from sk.campaign_totals t
join sk.campaign_money m on m.campaign_id = t.campaign_id
join sk.accounts h on h.code = 'campaign_payable:' || t.campaign_id
join sk.balances has on has.account_id = h.id
join sk.accounts o on o.code = 'campaign_receivable:' || t.campaign_id
join sk.balances owes on owes.account_id = o.id
join sk.accounts p on p.code = 'payout_pending:' || t.campaign_id
join sk.balances pending on pending.account_id = p.id
where t.campaign_id in (select sk.campaigns_touched(${since}))
  and has.balance_minor - owes.balance_minor <> t.raised_minor - m.fees_minor - m.paid_out_minor - pending.balance_minor
