insert into sk.unsubscribes (reader_id, campaign_id, at) values (${readerId}, ${campaignId}, ${now})
on conflict (reader_id, campaign_id) do update set at = excluded.at
