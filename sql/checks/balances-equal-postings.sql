-- A guarded account holds what was posted to it.
select a.code, b.balance_minor, coalesce(sum(case when p.side = b.normal_side then p.amount_minor else -p.amount_minor end), 0) as posted
from sk.balances b
join sk.accounts a on a.id = b.account_id
left join sk.postings p on p.account_id = b.account_id
where a.campaign_id in (select sk.campaigns_touched(${since}))
group by a.code, b.balance_minor
having b.balance_minor <> coalesce(sum(case when p.side = b.normal_side then p.amount_minor else -p.amount_minor end), 0)
