-- Every journal has postings.
select j.id from sk.journals j
where j.id >= sk.journals_from(${since}) and not exists (select from sk.postings p where p.journal_id = j.id)
