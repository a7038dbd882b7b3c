-- The lock under which all sessions of a user change. NO KEY UPDATE lets foreign keys to the user pass.
select * from sk.users where id = ${id} for no key update
