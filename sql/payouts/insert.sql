insert into sk.payouts (id, campaign_id, bank_account_id, refund_id, amount_minor, key, requested_by, requested_at)
values (${id}, ${campaignId}, ${bankAccountId}, ${refundId}, ${amountMinor}, ${key}, ${requestedBy}, ${now})
