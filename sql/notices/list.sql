-- Those that a person had to look at, newest first; what was done about one, and by whom, stands beside it.
select n.id, n.gateway, n.kind, n.reference, coalesce(n.detail, n.outcome) as reason, n.received_at,
  h.note, h.handled_at, u.name as handled_by
from sk.notices n
left join sk.handled_notices h on h.notice_id = n.id
left join sk.users u on u.id = h.handled_by
where n.outcome in ('quarantined', 'failed')
  and (${handled}::boolean is null or (h.notice_id is not null) = ${handled}) and (${id}::bigint is null or n.id = ${id})
  and (${before}::bigint is null or n.id < ${before})
order by n.id desc limit ${limit}
