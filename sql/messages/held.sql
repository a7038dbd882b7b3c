-- A message waits for a moderator once its gift is paid: nobody's time is spent on gifts that never come.
select m.donation_id, m.body, m.reasons, d.paid_at, d.gift_minor, c.id as campaign_id, c.slug as campaign_slug, c.title as campaign_title
from sk.donation_messages m
join sk.donations d on d.id = m.donation_id
join sk.campaigns c on c.id = m.campaign_id
where m.status = 'held' and d.paid_at is not null
order by d.paid_at, m.donation_id
limit ${limit}
