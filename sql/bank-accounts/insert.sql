insert into sk.bank_accounts (id, campaign_id, bank, number, holder, added_by, added_at, usable_from)
values (${id}, ${campaignId}, ${bank}, ${number}, ${holder}, ${addedBy}, ${now}, ${usableFrom})
