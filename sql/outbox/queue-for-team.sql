insert into sk.outbox (key, user_id, template, data)
select ${key} || ':' || user_id, user_id, ${template}, ${data}::jsonb
from sk.campaign_members where campaign_id = ${campaignId} and role in ('owner', 'editor')
on conflict do nothing
