select code, id, currency from sk.accounts where code = any($1::text[])
