-- With what the campaign owes: whoever books a gift for it holds the lock of its payable, so the debt is as it stands.
update sk.campaign_totals t
set raised_minor = t.raised_minor + a.gift, tips_minor = t.tips_minor + a.tip, donor_count = t.donor_count + a.donors
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::int[]) as a(campaign_id, gift, tip, donors)
where t.campaign_id = a.campaign_id
returning t.campaign_id, t.raised_minor, t.donor_count,
  (select b.balance_minor from sk.balances b join sk.accounts r on r.id = b.account_id
    where r.code = 'campaign_receivable:' || t.campaign_id) as owed_minor
