select * from sk.holds where campaign_id = ${campaignId} order by placed_at desc, id desc limit ${limit}
