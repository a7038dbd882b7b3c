update sk.bank_accounts set retired_at = ${now} where id = ${id} and retired_at is null
returning id
