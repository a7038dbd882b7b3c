-- An account that does not exist is null here, which the table refuses.
insert into sk.postings (journal_id, line, account_id, side, amount_minor, payment_id)
select p.journal_id, p.line, a.id, p.side, p.amount_minor, p.payment_id
from unnest($1::uuid[], $2::smallint[], $3::text[], $4::char(1)[], $5::numeric[], $6::uuid[])
  as p(journal_id, line, account, side, amount_minor, payment_id)
left join sk.accounts a on a.code = p.account
