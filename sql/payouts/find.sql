select p.*, c.title as campaign_title, b.bank, b.number, b.holder, b.retired_at
from sk.payouts p
join sk.campaigns c on c.id = p.campaign_id
join sk.bank_accounts b on b.id = p.bank_account_id
where p.id = ${id}
