insert into sk.users (id, email, name, password_hash, locale) values (${id}, ${email}, ${name}, ${passwordHash}, ${locale})
returning *
