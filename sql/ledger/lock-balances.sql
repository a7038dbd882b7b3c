select code, balance_minor from sk.lock_balances($1::text[])
