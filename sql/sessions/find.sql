select * from sk.sessions where token_hash = ${tokenHash}
