-- The one update out of "unused" decides who may, however many come with the same token.
update sk.password_resets set used_at = ${now}
where token_hash = ${tokenHash} and used_at is null and expires_at > ${now}
returning user_id
