select o.*, c.title as campaign_title, d.gift_minor, d.tip_minor
from sk.offline_gifts o
join sk.donations d on d.id = o.donation_id
join sk.campaigns c on c.id = o.campaign_id
where o.donation_id = ${donationId}
