select coalesce(bool_or(amount_minor is null), false) as everything, coalesce(sum(amount_minor), 0) as amount_minor
from sk.holds where campaign_id = ${campaignId} and released_at is null and (until is null or until > ${now})
