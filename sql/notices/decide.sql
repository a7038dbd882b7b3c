update sk.notices n set outcome = d.outcome, detail = d.detail
from unnest($1::bigint[], $2::text[], $3::text[]) as d(id, outcome, detail)
where n.id = d.id
