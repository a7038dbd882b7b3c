select o.*, c.slug, c.title from sk.overlays o join sk.campaigns c on c.id = o.campaign_id
where o.secret_hash = ${secretHash} and o.revoked_at is null
