insert into sk.donation_messages (donation_id, campaign_id, user_id, body, status, reasons)
values (${donationId}, ${campaignId}, ${userId}, ${body}, ${status}, ${reasons}::text[])
