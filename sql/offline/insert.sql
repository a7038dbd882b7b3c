insert into sk.offline_gifts (donation_id, campaign_id, way, received_on, proof, entered_by, entered_at)
values (${donationId}, ${campaignId}, ${way}, ${receivedOn}, ${proof}, ${enteredBy}, ${enteredAt})
