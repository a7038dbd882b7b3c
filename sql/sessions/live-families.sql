-- Oldest sign-in first: ids are UUIDv7 and a family is named by its first token.
select family from sk.sessions
where user_id = ${userId} and rotated_at is null and revoked_at is null and expires_at > ${at}
order by family
