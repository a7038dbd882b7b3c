select count(*)::int as n from sk.campaign_slugs where campaign_id = ${id}
