insert into sk.campaign_reviews (id, campaign_id, moderator_id, decision, note, at)
values (${id}, ${campaignId}, ${moderatorId}, ${decision}, ${note}, ${now})
