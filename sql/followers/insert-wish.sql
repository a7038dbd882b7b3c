insert into sk.update_wishes (donation_id, campaign_id, email_normalised)
values (${donationId}, ${campaignId}, ${emailNormalised})
