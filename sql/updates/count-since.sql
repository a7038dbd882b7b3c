select count(*)::int as count from sk.campaign_updates where campaign_id = ${campaignId} and posted_at > ${since}
