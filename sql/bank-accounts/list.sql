select * from sk.bank_accounts where campaign_id = ${campaignId} order by added_at desc, id desc limit ${limit}
