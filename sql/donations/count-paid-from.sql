select count(*)::int as n
from sk.attempt_evidence e join sk.payments p on p.id = e.payment_id
where e.device = ${device} and p.status = 'paid'
