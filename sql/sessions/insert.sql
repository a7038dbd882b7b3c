insert into sk.sessions (id, user_id, family, token_hash, created_at, expires_at, user_agent)
values (${id}, ${userId}, ${family}, ${tokenHash}, ${createdAt}, ${expiresAt}, ${userAgent})
