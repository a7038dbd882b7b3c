-- What waits to be paid out is in the campaign's pending account, and what was paid out is what its page says.
select m.campaign_id, m.paid_out_minor, o.paid_out, o.pending, b.balance_minor
from sk.campaign_money m
join sk.accounts a on a.code = 'payout_pending:' || m.campaign_id
join sk.balances b on b.account_id = a.id
cross join lateral (
  select coalesce(sum(amount_minor) filter (where status = 'confirmed'), 0) as paid_out,
    coalesce(sum(amount_minor) filter (where status in ('requested', 'approved', 'submitted')), 0) as pending
  from sk.payouts p where p.campaign_id = m.campaign_id and p.refund_id is null
) o
where m.campaign_id in (select sk.campaigns_touched(${since}))
  and (m.paid_out_minor <> o.paid_out or b.balance_minor <> o.pending)
