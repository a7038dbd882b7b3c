insert into sk.holds (id, campaign_id, amount_minor, reason, placed_by, placed_at, until)
values (${id}, ${campaignId}, ${amountMinor}, ${reason}, ${placedBy}, ${now}, ${until})
