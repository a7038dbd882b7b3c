select client_key from sk.journals where client_key = any($1::text[])
