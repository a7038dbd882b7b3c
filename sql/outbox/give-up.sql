-- Whoever held these died in the middle: they may have gone out, and nothing goes out twice.
update sk.outbox set status = 'unknown', reason = 'its sender died', lease_until = null, ended_at = now()
where status = 'sending' and lease_until < now()
returning id
