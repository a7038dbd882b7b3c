-- Another run's update is passed by: it is being mailed.
select id, campaign_id, mailed_through from sk.campaign_updates
where mailed_at is null and hidden_at is null and posted_at > ${since}
order by posted_at, id
limit 1
for no key update skip locked
