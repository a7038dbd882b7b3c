update sk.users set email_verified_at = ${now} where id = ${id} and email = ${email} and email_verified_at is null
