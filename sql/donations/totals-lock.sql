select campaign_id from sk.campaign_totals where campaign_id = any($1::uuid[]) order by campaign_id for no key update
