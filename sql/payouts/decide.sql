-- asked_at leaves the caller's own process some time before the job takes over.
update sk.payouts set status = ${status}, decided_by = ${decidedBy}, decided_at = ${now}, note = ${note},
  asked_at = case when ${status} = 'approved' then ${now}::timestamptz end,
  ended_at = case when ${status} = 'rejected' then ${now}::timestamptz end
where id = ${id} and status = 'requested'
