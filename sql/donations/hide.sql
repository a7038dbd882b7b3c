update sk.donations set hidden_at = now() where id = ${id} and hidden_at is null returning id
