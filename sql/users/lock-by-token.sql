-- The owner of a refresh token, whatever became of the token.
select * from sk.users
where id = (select user_id from sk.sessions where token_hash = ${tokenHash})
for no key update
