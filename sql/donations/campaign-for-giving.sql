select status, ends_at from sk.campaigns where id = ${campaignId}
