-- The next postings of the books, in the order of their journals, whose ids begin with the time at which they were made:
-- a day's margin around the days that are asked for allows for clocks that disagree. The page is cut before anything is
-- joined to it: no plan then reads more than a page.
select p.journal_id, p.line, j.kind, j.effective_at, j.created_at, a.code as account, p.side, p.amount_minor, a.currency,
  p.payment_id, j.created_at >= ${from} and j.created_at < ${to} as wanted
from (
  select * from sk.postings
  where (journal_id, line) > (${afterJournal}::uuid, ${afterLine}::smallint)
    and journal_id < ${until}::uuid
  order by journal_id, line limit ${limit}
) p
join sk.journals j on j.id = p.journal_id
join sk.accounts a on a.id = p.account_id
order by p.journal_id, p.line
