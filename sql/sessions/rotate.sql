update sk.sessions set rotated_at = ${at} where id = ${id} and rotated_at is null and revoked_at is null
