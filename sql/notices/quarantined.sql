select gateway, reference, coalesce(detail, outcome) as reason, received_at as at
from sk.notices where outcome in ('quarantined', 'failed') order by received_at desc limit ${limit}
