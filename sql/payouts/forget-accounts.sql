-- Kept for as long as the money may still come back, and somebody asks where it went.
delete from sk.payback_accounts a using sk.payouts p
where p.refund_id = a.refund_id and p.ended_at < ${before}
returning a.refund_id
