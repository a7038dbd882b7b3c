delete from sk.password_resets where user_id = ${userId} and used_at is null
