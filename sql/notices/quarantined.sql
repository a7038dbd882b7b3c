select gateway, reference, coalesce(detail, outcome) as reason, received_at as at
from sk.notices_for_a_person order by received_at desc limit ${limit}
