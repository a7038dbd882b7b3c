select d.*, p.gateway, p.reference, n.user_id
from sk.disputes d join sk.payments p on p.id = d.payment_id join sk.donations n on n.id = d.donation_id
where d.id = ${id}
