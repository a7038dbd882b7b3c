insert into sk.password_resets (token_hash, user_id, expires_at) values (${tokenHash}, ${userId}, ${expiresAt})
