update sk.sessions set revoked_at = ${at} where family = any(${families}::uuid[]) and revoked_at is null
