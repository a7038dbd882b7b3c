-- The next postings to a campaign's accounts, in the order of their journals; each account is read through its index.
select p.journal_id, p.line, j.kind, j.effective_at, j.created_at, a.code as account, p.side, p.amount_minor, a.currency,
  p.payment_id, true as wanted
from sk.accounts a
cross join lateral (
  select * from sk.postings l
  where l.account_id = a.id and l.journal_id >= ${afterJournal}::uuid and (l.journal_id, l.line) > (${afterJournal}::uuid, ${afterLine}::smallint)
  order by l.journal_id, l.line limit ${limit}
) p
join sk.journals j on j.id = p.journal_id
where a.campaign_id = ${campaignId}::uuid
order by p.journal_id, p.line limit ${limit}
