update sk.refunds set status = 'failed', ended_at = ${now}, failure = ${failure}
where id = ${id} and status = 'requested' returning id
