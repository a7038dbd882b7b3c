select * from sk.users where email = ${email}
