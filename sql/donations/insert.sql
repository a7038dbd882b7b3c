insert into sk.donations (id, campaign_id, gift_minor, tip_minor, public_name, user_id, status)
values (${id}, ${campaignId}, ${giftMinor}, ${tipMinor}, ${publicName}, ${userId}, ${status})
