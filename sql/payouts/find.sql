-- The account of a donor may be forgotten once the payout has ended.
select p.*, c.title as campaign_title, coalesce(b.bank, a.bank, '') as bank,
  coalesce(b.number, a.number, '') as number, coalesce(b.holder, a.holder, '') as holder, b.retired_at
from sk.payouts p
join sk.campaigns c on c.id = p.campaign_id
left join sk.bank_accounts b on b.id = p.bank_account_id
left join sk.payback_accounts a on a.refund_id = p.refund_id
where p.id = ${id}
