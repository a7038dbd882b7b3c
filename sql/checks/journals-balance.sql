-- Debits equal credits in every journal and currency.
select p.journal_id, a.currency,
  sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end) as off_by
from sk.postings p join sk.accounts a on a.id = p.account_id
where p.journal_id >= sk.journals_from(${since})
group by p.journal_id, a.currency
having sum(case p.side when 'D' then p.amount_minor else -p.amount_minor end) <> 0
