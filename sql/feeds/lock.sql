-- Always the last lock of a transaction, in the order of names, so that two batches never wait for each other.
select name, epoch, head from sk.feeds where name = any($1::text[]) order by name for no key update
