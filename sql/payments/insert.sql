insert into sk.payments (id, donation_id, campaign_id, gateway, method, reference, gift_minor, tip_minor, expires_at, status)
values (${id}, ${donationId}, ${campaignId}, ${gateway}, ${method}, ${reference}, ${giftMinor}, ${tipMinor}, ${expiresAt},
  ${status})
returning *
