-- Every paid attempt has exactly one capture, or stands in suspense or came past every gateway, and nothing unpaid is
-- booked.
select p.id, p.status, count(j.id) as journals
from sk.payments p
left join sk.journals j on j.client_key in ('capture:' || p.id, 'suspense:' || p.id, 'offline:' || p.donation_id)
where p.id in (
  select sk.payments_touched(${since})
  union select r.id from sk.notices n join sk.payments r on r.gateway = n.gateway and r.reference = n.reference
  where n.received_at >= ${since}
)
group by p.id, p.status
having count(j.id) <> (case p.status when 'paid' then 1 else 0 end)
