select t.raised_minor, m.refunded_minor, m.clawed_back_minor, m.settled_minor, m.fees_minor, m.paid_out_minor,
  has.balance_minor as has_minor, owes.balance_minor as owes_minor, pending.balance_minor as pending_minor
from sk.campaign_totals t
join sk.campaign_money m on m.campaign_id = t.campaign_id
join sk.balances has on has.account_id = (select id from sk.accounts where code = 'campaign_payable:' || ${campaignId})
join sk.balances owes on owes.account_id = (select id from sk.accounts where code = 'campaign_receivable:' || ${campaignId})
join sk.balances pending on pending.account_id = (select id from sk.accounts where code = 'payout_pending:' || ${campaignId})
where t.campaign_id = ${campaignId}
