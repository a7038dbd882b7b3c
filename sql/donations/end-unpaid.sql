-- Ends a donation with its last open attempt; while another attempt is open it stays pending.
update sk.donations d set status = e.status
from unnest($1::uuid[], $2::text[]) as e(id, status)
where d.id = e.id and d.status = 'pending'
  and not exists (select from sk.payments p where p.donation_id = d.id and p.status in ('created', 'pending', 'authorized', 'paid'))
returning d.id
