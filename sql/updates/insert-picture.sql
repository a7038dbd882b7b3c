insert into sk.update_pictures (picture_id, campaign_id) values (${pictureId}, ${campaignId})
