select r.*, p.gateway, p.method, p.reference, p.gateway_transaction_id
from sk.refunds r join sk.payments p on p.id = r.payment_id
where r.id = ${id}
