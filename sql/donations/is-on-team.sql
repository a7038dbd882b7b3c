select 1 from sk.campaign_members where campaign_id = ${campaignId} and user_id = ${userId}
