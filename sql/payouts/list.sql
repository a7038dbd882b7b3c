select p.*, c.title as campaign_title, b.bank, b.number, b.holder, b.retired_at,
  (extract(epoch from p.requested_at) * 1000000)::bigint as sort_key
from sk.payouts p
join sk.campaigns c on c.id = p.campaign_id
join sk.bank_accounts b on b.id = p.bank_account_id
where (${campaignId}::uuid is null or p.campaign_id = ${campaignId})
  and (${status}::text is null or p.status = ${status})
  and (${key}::bigint is null
    or (p.requested_at, p.id) < (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by p.requested_at desc, p.id desc
limit ${limit}
