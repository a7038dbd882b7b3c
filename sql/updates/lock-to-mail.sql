-- Another run's update is passed by: it is being mailed.
select u.id, u.campaign_id, u.title, u.body_html, u.mailed_through, u.posted_at, c.slug, c.title as campaign_title
from sk.campaign_updates u join sk.campaigns c on c.id = u.campaign_id
where u.mailed_at is null and u.hidden_at is null and u.posted_at > ${since}
order by u.posted_at, u.id
limit 1
for no key update of u skip locked
