-- After accounts and totals, in the order of ids.
select * from sk.campaign_money where campaign_id = any($1::uuid[]) order by campaign_id for no key update
