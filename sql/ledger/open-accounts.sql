insert into sk.accounts (code, type, campaign_id)
select code, type, campaign_id from unnest($1::text[], $2::text[], $3::uuid[]) as a(code, type, campaign_id)
order by code
on conflict (code) do nothing
