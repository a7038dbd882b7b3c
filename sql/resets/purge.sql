delete from sk.password_resets where expires_at < ${before}
