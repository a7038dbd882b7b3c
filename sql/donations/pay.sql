-- One time for the whole batch, read after its campaigns are locked: the wall, ordered by it, then stands in the order
-- of the feed's numbers.
update sk.donations set status = 'paid', paid_at = (select clock_timestamp())
where id = any($1::uuid[]) and status in ('pending', 'expired', 'failed', 'cancelled')
returning id, paid_at
