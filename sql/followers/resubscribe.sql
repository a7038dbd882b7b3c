delete from sk.unsubscribes where reader_id = ${readerId} and campaign_id is not distinct from ${campaignId}
