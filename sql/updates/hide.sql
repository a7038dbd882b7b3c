update sk.campaign_updates set hidden_at = ${now}, hidden_by = ${userId}
where id = ${id} and hidden_at is null
returning id
