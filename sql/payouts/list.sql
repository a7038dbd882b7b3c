-- A campaign's own are those of its money: who of its donors has theirs back is not for its team.
select p.*, c.title as campaign_title, coalesce(b.bank, a.bank, '') as bank,
  coalesce(b.number, a.number, '') as number, coalesce(b.holder, a.holder, '') as holder, b.retired_at,
  (extract(epoch from p.requested_at) * 1000000)::bigint as sort_key
from sk.payouts p
join sk.campaigns c on c.id = p.campaign_id
left join sk.bank_accounts b on b.id = p.bank_account_id
left join sk.payback_accounts a on a.refund_id = p.refund_id
where (${campaignId}::uuid is null or (p.campaign_id = ${campaignId} and p.refund_id is null))
  and (${status}::text is null or p.status = ${status})
  and (${key}::bigint is null
    or (p.requested_at, p.id) < (timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond', ${id}::uuid))
order by p.requested_at desc, p.id desc
limit ${limit}
