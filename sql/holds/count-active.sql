select count(*)::int as count from sk.holds
where campaign_id = ${campaignId} and released_at is null and (until is null or until > ${now})
