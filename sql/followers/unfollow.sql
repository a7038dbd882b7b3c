delete from sk.followers where campaign_id = ${campaignId} and user_id = ${userId}
