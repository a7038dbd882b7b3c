-- It was done, and its money came back.
update sk.refunds set status = 'failed', failure = ${failure} where id = ${id} and status = 'done'
returning id
