select o.*, c.slug, c.title from sk.overlays o join sk.campaigns c on c.id = o.campaign_id
where o.campaign_id = ${campaignId} and o.revoked_at is null
