-- One that somebody is editing is left to the next run.
select id from sk.campaigns
where status in ('live', 'paused') and ends_at <= ${now}
order by id limit ${limit}
for no key update skip locked
