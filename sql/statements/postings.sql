-- The next postings of the books, in the order of their journals, whose ids begin with the time at which they were made:
-- a day's margin around the days that are asked for allows for clocks that disagree.
select p.journal_id, p.line, j.kind, j.effective_at, j.created_at, a.code as account, p.side, p.amount_minor, a.currency, p.payment_id
from sk.postings p
join sk.journals j on j.id = p.journal_id
join sk.accounts a on a.id = p.account_id
where (p.journal_id, p.line) > (${afterJournal}::uuid, ${afterLine}::smallint) and p.journal_id < ${until}::uuid
  and j.created_at >= ${from}::timestamptz and j.created_at < ${to}::timestamptz
order by p.journal_id, p.line limit ${limit}
