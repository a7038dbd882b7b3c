insert into sk.overlays (id, campaign_id, secret_hash, settings, created_by, created_at)
values (${id}, ${campaignId}, ${secretHash}, ${settings:json}, ${createdBy}, ${now})
