update sk.payments p
set fee_minor = s.fee, covered_minor = s.covered, settlement_id = s.settlement
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[]) as s(id, fee, covered, settlement)
where p.id = s.id
