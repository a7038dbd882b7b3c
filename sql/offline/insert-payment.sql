-- It was paid before we heard of it.
insert into sk.payments (id, donation_id, campaign_id, gateway, method, reference, status, gift_minor, tip_minor, created_at, paid_at)
values (${id}, ${donationId}, ${campaignId}, 'offline', ${way}, ${reference}, 'paid', ${giftMinor}, ${tipMinor}, ${createdAt}, ${paidAt})
