select count(*)::int as count from sk.payouts
where campaign_id = ${campaignId} and status in ('requested', 'approved', 'submitted') and refund_id is null
