select count(*)::int as mails, coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now())), 0)::float8 as overdue_seconds
from sk.outbox where status = 'queued'
