update sk.users set roles = ${roles}::text[] where id = ${id}
