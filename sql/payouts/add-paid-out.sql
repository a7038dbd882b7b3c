update sk.campaign_money set paid_out_minor = paid_out_minor + ${amountMinor} where campaign_id = ${campaignId}
