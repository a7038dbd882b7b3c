-- Nothing for an update that was taken back since, nor for a reader who unsubscribed since.
select u.title, u.body, c.slug, c.title as campaign_title, c.id as campaign_id
from sk.campaign_updates u join sk.campaigns c on c.id = u.campaign_id
where u.id = ${updateId} and u.hidden_at is null and not exists (
  select from sk.unsubscribes s
  where s.reader_id = ${readerId} and (s.campaign_id is null or s.campaign_id = c.id) and s.at > u.posted_at)
