select count(*)::int as count from sk.update_pictures where campaign_id = ${campaignId} and update_id is null
