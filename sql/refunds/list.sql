-- Ids are UUIDv7, so their order is the order of asking.
select r.*, p.gateway, p.method, p.reference, p.gateway_transaction_id
from sk.refunds r join sk.payments p on p.id = r.payment_id
where (${status}::text is null or r.status = ${status}) and (${before}::uuid is null or r.id < ${before}::uuid)
order by r.id desc limit ${limit}
