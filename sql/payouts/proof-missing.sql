-- Nothing was said of how the money of the last confirmed payout was used, since it was confirmed.
select coalesce(max(ended_at) >= coalesce((
    select max(posted_at) from sk.campaign_updates
    where campaign_id = ${campaignId} and proof_of_use and hidden_at is null), '-infinity'), false) as missing
from sk.payouts where campaign_id = ${campaignId} and status = 'confirmed' and refund_id is null
