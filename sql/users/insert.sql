insert into sk.users (id, email, name, password_hash) values (${id}, ${email}, ${name}, ${passwordHash}) returning *
