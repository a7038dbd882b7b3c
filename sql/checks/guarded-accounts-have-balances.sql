-- Every account that may not be overdrawn is guarded, and no other.
select a.code from sk.accounts a left join sk.balances b on b.account_id = a.id
where a.may_overdraw = (b.account_id is not null)
